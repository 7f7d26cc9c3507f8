import { toBase64 } from "../_internal/base64.ts";
import { type Bytes, decodeUtf8 } from "../_internal/bytes.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
} from "../_internal/json.ts";
import { XmlError } from "./_xml_error.ts";
import { completeElements } from "./_salvage.ts";

/** A row of the feed, or something in its place that is none, kept with the reason. */
export type FeedItem =
  | { readonly row: JsonObject }
  | {
    readonly reason: string;
    readonly raw: unknown;
    /** Set when not one row of the page could be read. */
    readonly page?: true;
  };

/** Reads a JSON or XML page; injected so that the XML reader is loaded only when XML is met. */
export type ReadXml = (body: Bytes) => Promise<unknown>;

/**
 * Splits a stored page into its rows. Pure: the same bytes give the same items in the same order, because what is
 * done is remembered by index. A page that broke off gives the rows that arrived whole, and the rest as one item.
 */
export async function splitPage(
  body: Bytes,
  { meta, readXml }: { meta: JsonObject; readXml: ReadXml },
): Promise<readonly FeedItem[]> {
  const source = textOf(body);
  if (source === undefined) {
    return oddPage("The page is not UTF-8", { base64: toBase64(body) });
  }
  if (looksLikeXml(source, meta)) return await splitXml(body, source, readXml);
  const page = parseJson(source);
  return page === undefined ? splitBroken(source) : splitParsed(page, source);
}

/** Whether a page says in so many words that there is nothing; anything else is kept before it is looked at. */
export function isEmptyPage(body: Bytes): boolean {
  if (body.length > 200) return false;
  const source = textOf(body)?.replace(/\s+/g, "");
  return source !== undefined && EMPTY_PAGES.test(source);
}

const EMPTY_PAGES =
  /^(?:|\{"changes":\[\]\}|(?:<\?xml[^>]*\?>)?<response>(?:<changes>(?:<\/changes>)|<changes\/>)<\/response>)$/;

function splitParsed(page: unknown, source: string): FeedItem[] {
  const rows = isObject(page) ? member(page, "changes") : undefined;
  if (Array.isArray(rows)) return rows.map(itemOf);
  return oddPage("The page has no list named changes", source);
}

function itemOf(row: unknown): FeedItem {
  return isObject(row) ? { row } : odd("The row is not an object", row);
}

function splitBroken(source: string): FeedItem[] {
  const { elements, rest } = completeElements(source, "changes");
  if (elements.length === 0) return oddPage("The page is not JSON", source);
  const items = elements.map((text) => itemOf(parseJson(text) ?? text));
  return [...items, odd("The page is damaged from here on", rest)];
}

async function splitXml(
  body: Bytes,
  source: string,
  readXml: ReadXml,
): Promise<FeedItem[]> {
  try {
    const page = await readXml(body);
    const rows = isObject(page) ? member(page, "changes") : undefined;
    if (rows === "") return [];
    return splitParsed(page, source);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return oddPage("The page is not well-formed XML", source);
  }
}

function looksLikeXml(source: string, meta: JsonObject): boolean {
  return source.trimStart().startsWith("<") && meta["format"] === "xml";
}

function oddPage(reason: string, raw: unknown): FeedItem[] {
  return [{ reason, raw, page: true }];
}

function odd(reason: string, raw: unknown): FeedItem {
  return { reason, raw };
}

function textOf(body: Bytes): string | undefined {
  try {
    return decodeUtf8(body);
  } catch {
    return undefined;
  }
}
