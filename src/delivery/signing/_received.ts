import type { Bytes } from "../../_internal/bytes.ts";
import { WebhookError } from "../../errors.ts";
import { readStreamWithin } from "../../http/read_stream.ts";
import { HEADER } from "./_signing_text.ts";

/** Headers as `Headers` gives them, or an object; the case of its names does not matter. */
export type ReceivedHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The part of a `Request` that is looked at. */
export interface ReceivedRequest {
  /** Its headers. */
  readonly headers: { get(name: string): string | null };
  /** Its body; `null` for none. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Whether somebody has read the body. */
  readonly bodyUsed: boolean;
}

/** The body as it came, before anybody has parsed it; a text stands for its UTF-8 bytes. */
export type ReceivedBody = Uint8Array | ArrayBuffer | string;

/** A request as it came. */
export interface Received {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Uint8Array;
}

/** How much is read of a request, and how long. */
export interface Bounds {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Takes what is looked at of the headers; what is missing, or there twice, is an empty text. */
export function readHeaders(headers: unknown): Omit<Received, "body"> {
  if (typeof headers !== "object" || headers === null) {
    throw new TypeError(
      `Cannot use headers: wanted Headers or an object, got ${typeof headers}`,
    );
  }
  const get = hasGet(headers)
    ? (name: string): unknown => headers.get(name)
    : lookUpIn(Object.entries(headers));
  const read = (name: string): string => {
    const value = get(name);
    return typeof value === "string" ? value : "";
  };
  return {
    id: read(HEADER.id),
    timestamp: read(HEADER.timestamp),
    signature: read(HEADER.signature),
  };
}

/** Reads the body of a request within bounds. */
export async function readBody(
  request: ReceivedRequest,
  bounds: Bounds,
): Promise<Bytes> {
  if (request.bodyUsed) {
    throw new TypeError(
      "Cannot read the body of the request: somebody has read it, wanted its bytes and its headers instead",
    );
  }
  const { body, end, ...evidence } = await readStreamWithin(
    request.body,
    bounds,
  );
  if (end === "whole") return body;
  throw new WebhookError(
    `Cannot read the webhook: its body ${STATES[end]}`,
    evidence,
  );
}

const STATES = {
  late: "did not come within bodyTimeoutMs",
  too_long: "is longer than maxBodyBytes",
  broken: "broke off",
} as const;

function hasGet(
  headers: object,
): headers is { get(name: string): unknown } {
  return "get" in headers && typeof headers.get === "function";
}

function lookUpIn(
  entries: readonly [string, unknown][],
): (name: string) => unknown {
  return (wanted) => {
    const found = entries.filter(([name]) => name.toLowerCase() === wanted);
    const values = found.flatMap(([, value]) => value);
    return values.length === 1 ? values[0] : undefined;
  };
}
