import { assertInteger, assertMs } from "../_internal/assert.ts";
import { type Bytes, encodeUtf8 } from "../_internal/bytes.ts";
import { readStreamWithin } from "../http/read_stream.ts";

/** The body of a delivery before anybody has parsed it: its bytes, or a text that stands for its UTF-8 bytes. */
export type WebhookBody = Uint8Array | ArrayBuffer | string;

/** One value of a header; of several the first counts, as in the other clients of the family. */
export type WebhookHeaderValue = string | readonly string[] | null | undefined;

/** The headers of a delivery: `Headers`, a `Map`, pairs, or an object. The case of the names does not matter. */
export type WebhookHeaders =
  | Headers
  | Iterable<readonly [string, WebhookHeaderValue]>
  | Readonly<Record<string, WebhookHeaderValue>>;

/** How the body of a `Request` is read. */
export interface WebhookReadOptions {
  /** Longest body in bytes; a longer one is not read to its end and counts as not genuine. Default is 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Milliseconds in which the body must have come; later it counts as too large. Default is 10,000. */
  readonly bodyTimeoutMs?: number;
}

/**
 * A delivery: its raw body and its headers, or the `Request` that holds both. The body of a request is read once and
 * remembered for as long as the request lives, so that one method after another can be given the same request.
 */
export type WebhookArguments =
  | [rawBody: WebhookBody, headers: WebhookHeaders]
  | [request: Request, options?: WebhookReadOptions];

/** A delivery as it came; nobody has checked anything. */
export interface Delivery {
  readonly body: Bytes;
  /** A header by its lower-case name; values of a repeated one are joined by `", "`, as `Headers` does. */
  readonly header: (name: string) => string | undefined;
}

/** What is given in place of a delivery whose body is longer than allowed. */
export const TOO_LARGE: unique symbol = Symbol("too large");

const DEFAULT_MAX_BYTES = 1024 * 1024;
const read = new WeakMap<Request, Promise<Bytes | typeof TOO_LARGE>>();

/** Copies a delivery, so that nobody can change between its check and its use what was checked. */
export function readDelivery(
  given: WebhookArguments,
): Delivery | Promise<Delivery | typeof TOO_LARGE> {
  const [source, more] = given;
  if (source instanceof Request) {
    return readRequest(source, more as WebhookReadOptions | undefined);
  }
  return {
    body: copyBody(source),
    header: copyHeaders(more as WebhookHeaders),
  };
}

async function readRequest(
  request: Request,
  options: WebhookReadOptions = {},
): Promise<Delivery | typeof TOO_LARGE> {
  const { maxBodyBytes = DEFAULT_MAX_BYTES, bodyTimeoutMs = 10_000 } = options;
  assertInteger(maxBodyBytes, "maxBodyBytes", { min: 0 });
  assertMs(bodyTimeoutMs, "bodyTimeoutMs");
  const header = copyHeaders(request.headers);
  const known = read.get(request);
  const reading = known ??
    readBounded(request, { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs });
  if (!known) read.set(request, reading);
  const body = await reading;
  if (body === TOO_LARGE || body.length > maxBodyBytes) return TOO_LARGE;
  return { body, header };
}

async function readBounded(
  request: Request,
  bounds: { maxBytes: number; timeoutMs: number },
): Promise<Bytes | typeof TOO_LARGE> {
  if (request.bodyUsed) {
    throw new TypeError(
      "Cannot read the body of the request: somebody has read it, wanted its bytes and its headers instead",
    );
  }
  const { body, end, cause } = await readStreamWithin(request.body, bounds);
  if (end === "broken") throw cause;
  return end === "whole" ? body : TOO_LARGE;
}

function copyBody(body: unknown): Bytes {
  if (typeof body === "string") return encodeUtf8(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body.slice());
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body;
    return Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
  }
  throw new TypeError(
    `Cannot use rawBody: wanted the bytes or the text as it came, got ${typeof body}`,
  );
}

function copyHeaders(
  headers: WebhookHeaders,
): (name: string) => string | undefined {
  if (typeof headers !== "object" || headers === null) {
    throw new TypeError(
      `Cannot use headers: wanted Headers, a Map, pairs or an object, got ${typeof headers}`,
    );
  }
  const pairs = Symbol.iterator in headers
    ? headers as Iterable<readonly [string, WebhookHeaderValue]>
    : Object.entries(headers);
  const copy = new Map<string, string>();
  for (const [name, given] of pairs) {
    const value: unknown = Array.isArray(given) ? given[0] : given;
    if (typeof name !== "string" || typeof value !== "string") continue;
    const key = name.toLowerCase();
    const before = copy.get(key);
    copy.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return (name) => copy.get(name);
}
