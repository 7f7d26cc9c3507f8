import { toBase64 } from "../_internal/base64.ts";
import {
  type Bytes,
  decodeUtf8Lossy,
  encodeUtf8,
  tryDecodeUtf8,
} from "../_internal/bytes.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
} from "../_internal/json.ts";
import { completeElements, countLists } from "./_salvage.ts";
import { completeItems } from "./_salvage_xml.ts";
import { XmlError } from "./_xml_error.ts";

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

interface SplitOptions {
  readonly meta: JsonObject;
  readonly readXml: ReadXml;
}

const LIST = "changes";
const LIST_KEY = `"${LIST}"`;
// Twenty times what can be asked for. The rows of one page are in memory together.
const MOST_ROWS = 10_000;
const TOO_MANY = `The page has more than ${MOST_ROWS} rows, these are the rest`;

/**
 * Splits a stored page into its rows. Pure: the same bytes give the same items in the same order, because what is
 * done is remembered by index. A page that broke off gives the rows that arrived whole, and the rest as one item; so
 * does a page with more than 10,000 rows.
 */
export async function splitPage(
  body: Bytes,
  options: SplitOptions,
): Promise<readonly FeedItem[]> {
  const source = tryDecodeUtf8(body);
  const start = source ?? startOf(body);
  if (start !== undefined && looksLikeXml(start, options.meta)) {
    return await splitXml({ body, source, start }, options);
  }
  const page = source && parseJson(source.replace(/^\ufeff/, ""));
  return source !== undefined && page !== undefined
    ? splitJson(page, source, body)
    : splitBroken(body, source, options.meta);
}

/** Whether a page says in so many words that there is nothing; anything else is kept before it is looked at. */
export function isEmptyPage(body: Bytes): boolean {
  if (body.length > 200) return false;
  const source = tryDecodeUtf8(body)?.replace(/\s+/g, "");
  return source !== undefined && EMPTY_PAGES.test(source);
}

const EMPTY_PAGES =
  /^(?:|\{"changes":\[\]\}|(?:<\?xml[^>]*\?>)?<response>(?:<changes>(?:<\/changes>)|<changes\/>)<\/response>)$/;

/** The text of a body that was cut within its last character, which has four bytes at most. */
function startOf(body: Bytes): string | undefined {
  for (let cut = 1; cut < 4; cut++) {
    const text = tryDecodeUtf8(body.subarray(0, -cut));
    if (text !== undefined) return text;
  }
  return undefined;
}

function splitJson(page: unknown, source: string, body: Bytes): FeedItem[] {
  if (mayRepeatList(source) && countLists(body, LIST) > 1) {
    return oddPage(`The page has more than one list named ${LIST}`, source);
  }
  return splitParsed(page, source);
}

// Spares most pages the count. An escaped letter may hide the key.
function mayRepeatList(source: string): boolean {
  return source.indexOf(LIST_KEY) !== source.lastIndexOf(LIST_KEY) ||
    source.includes("\\u00");
}

function splitParsed(page: unknown, source: string): FeedItem[] {
  const rows = isObject(page) ? member(page, LIST) : undefined;
  if (!Array.isArray(rows)) {
    return oddPage(`The page has no list named ${LIST}`, source);
  }
  const items = rows.slice(0, MOST_ROWS).map(itemOf);
  if (rows.length > MOST_ROWS) items.push(odd(TOO_MANY, rows.slice(MOST_ROWS)));
  return items;
}

function itemOf(row: unknown): FeedItem {
  return isObject(row) ? { row } : odd("The row is not an object", row);
}

function splitBroken(
  body: Bytes,
  source: string | undefined,
  meta: JsonObject,
): FeedItem[] {
  const { elements, closed, rest } = completeElements(body, {
    name: LIST,
    most: MOST_ROWS,
  });
  if (elements.length === 0) {
    return source === undefined
      ? oddPage("The page is not UTF-8", { base64: toBase64(body) })
      : oddPage("The page is not JSON", source);
  }
  const items = elements.map(elementItem);
  const tail = decodeUtf8Lossy(rest);
  if (closed && /^\s*\}?\s*$/.test(tail)) return items;
  return [...items, odd(restReason(elements, meta), tail)];
}

function elementItem(element: Bytes): FeedItem {
  const text = tryDecodeUtf8(element)?.trim();
  if (text === undefined) {
    return odd("The row is not UTF-8", { base64: toBase64(element) });
  }
  return itemOf(parseJson(text) ?? text);
}

async function splitXml(
  { body, source, start }: {
    body: Bytes;
    source: string | undefined;
    start: string;
  },
  options: SplitOptions,
): Promise<FeedItem[]> {
  const page = source === undefined
    ? undefined
    : await readOrUndefined(body, options.readXml);
  if (source === undefined || page === undefined) {
    return await splitBrokenXml({ body, start }, options);
  }
  const isEmpty = isObject(page) && member(page, LIST) === "";
  return isEmpty ? [] : splitParsed(page, source);
}

async function splitBrokenXml(
  { body, start }: { body: Bytes; start: string },
  { meta, readXml }: SplitOptions,
): Promise<FeedItem[]> {
  const { items: rows, closed, rest } = completeItems(start, MOST_ROWS);
  const whole = decodeUtf8Lossy(body);
  if (rows.length === 0) {
    return oddPage("The page is not well-formed XML", whole);
  }
  const items = await readItems(rows, readXml);
  if (closed && /^(?:\s|<\/\w+\s*>)*$/.test(rest)) return items;
  // What was cut off the end of the start belongs to the rest.
  const tail = whole.slice(start.length - rest.length);
  return [...items, odd(restReason(rows, meta), tail)];
}

/** All at once, which is fast, or one by one when that cannot be. */
async function readItems(
  items: readonly string[],
  readXml: ReadXml,
): Promise<FeedItem[]> {
  const rows = await readRows(items.join(""), readXml);
  if (rows?.length === items.length) return rows.map(itemOf);
  const read: FeedItem[] = [];
  for (const item of items) {
    const [row] = await readRows(item, readXml) ?? [];
    read.push(
      row === undefined
        ? odd("The row is not well-formed XML", item)
        : itemOf(row),
    );
  }
  return read;
}

async function readRows(
  items: string,
  readXml: ReadXml,
): Promise<unknown[] | undefined> {
  const page = await readOrUndefined(
    encodeUtf8(`<response><${LIST}>${items}</${LIST}></response>`),
    readXml,
  );
  const rows = isObject(page) ? member(page, LIST) : undefined;
  return Array.isArray(rows) ? rows : undefined;
}

async function readOrUndefined(
  body: Bytes,
  readXml: ReadXml,
): Promise<unknown> {
  try {
    return await readXml(body);
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

function restReason(rows: readonly unknown[], meta: JsonObject): string {
  if (rows.length === MOST_ROWS) return TOO_MANY;
  return meta["cut"] === "too_long"
    ? 'The page is cut here, because it is longer than four times "maxResponseBytes"'
    : "The page is damaged from here on";
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
