import type { SendBody } from "../http/send.ts";
import { formOf } from "./_query.ts";
import type { FetchOptions, RequestData } from "./fetch.ts";

/** A body as it is sent, and the type it has unless the caller names another; `null` when `fetch` must name it. */
export interface EncodedBody {
  readonly body?: SendBody;
  readonly contentType?: string | null | undefined;
}

const RAW: readonly (abstract new (...args: never[]) => object)[] = [
  ArrayBuffer,
  Blob,
  FormData,
  ReadableStream,
  URLSearchParams,
  Uint8Array,
];
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = /^application\/(?:[^;]*\+)?json\s*(?:;|$)/i;

/** Makes the body, once for all attempts. `named` is the content type that the caller's headers have. */
export function encodeBody(
  options: Pick<FetchOptions, "json" | "data" | "contentType">,
  named: string | null,
): EncodedBody {
  const { json, data, contentType } = options;
  if (json !== undefined && json !== null) {
    return { body: jsonText(json), contentType: "application/json" };
  }
  if (data === undefined || data === null) return { contentType };
  // By `contentType` even text becomes JSON, as the contract has it; a header only says what the text is already.
  if (isJson(contentType) && !isRaw(data)) {
    return { body: jsonText(data), contentType };
  }
  return encodeData(data, { contentType, named });
}

/** Tells whether a content type is JSON: `application/json` or a `+json` type (RFC 6839 section 3.1). */
export function isJson(contentType: string | null | undefined): boolean {
  return JSON_TYPE.test(contentType?.trim() ?? "");
}

function isRaw(data: RequestData): boolean {
  return RAW.some((kind) => data instanceof kind);
}

function encodeData(
  data: RequestData,
  types: { contentType: string | undefined; named: string | null },
): EncodedBody {
  const { contentType, named } = types;
  if (typeof data === "string") {
    return {
      body: data,
      contentType: contentType ?? "text/plain; charset=utf-8",
    };
  }
  if (data instanceof FormData) {
    return { body: copyForm(data), contentType: null };
  }
  if (data instanceof URLSearchParams) {
    return { body: `${data}`, contentType: contentType ?? FORM };
  }
  const raw = rawBody(data);
  if (raw) {
    return {
      contentType: "application/octet-stream",
      ...raw,
      ...defined(contentType),
    };
  }
  const pairs = Array.isArray(data) ? data : Object.entries(data);
  if (isJson(named)) return { body: jsonText(data), contentType: named };
  return { body: `${formOf(spread(pairs))}`, contentType: contentType ?? FORM };
}

function rawBody(data: RequestData): EncodedBody | undefined {
  if (data instanceof Uint8Array) return { body: new Uint8Array(data) };
  if (data instanceof ArrayBuffer) {
    return { body: new Uint8Array(data.slice(0)) };
  }
  if (data instanceof ReadableStream) return { body: data };
  if (!(data instanceof Blob)) return undefined;
  return { body: data, ...defined(data.type === "" ? undefined : data.type) };
}

function defined(contentType: string | undefined): EncodedBody {
  return contentType === undefined ? {} : { contentType };
}

// A list in a form is one pair for each of its items.
function* spread(
  pairs: Iterable<readonly [string, unknown]>,
): Generator<readonly [string, unknown]> {
  for (const [name, value] of pairs) {
    if (!Array.isArray(value)) yield [name, value];
    else for (const each of value) yield [name, each];
  }
}

function copyForm(form: FormData): FormData {
  const copy = new FormData();
  for (const [name, value] of form) {
    if (typeof value === "string") copy.append(name, value);
    else copy.append(name, value, value.name);
  }
  return copy;
}

function jsonText(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text !== undefined) return text;
  throw new TypeError(
    `Cannot send the body as JSON: wanted a JSON value, got ${typeof value}`,
  );
}
