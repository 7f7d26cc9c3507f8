import { type Bytes, concatBytes } from "../../_internal/bytes.ts";
import { systemClock } from "../../_internal/clock.ts";
import { WebhookError } from "../../errors.ts";
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
  { maxBytes, timeoutMs }: Bounds,
): Promise<Bytes> {
  if (request.bodyUsed) {
    throw new TypeError(
      "Cannot read the body of the request: somebody has read it, wanted its bytes and its headers instead",
    );
  }
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const over = new AbortController();
  const late = lateAfter(timeoutMs, over.signal);
  const parts: Uint8Array[] = [];
  try {
    for (let length = 0; length <= maxBytes;) {
      const next = await Promise.race([reader.read().catch(brokenOff), late]);
      if (next === LATE) throw unread("did not come within bodyTimeoutMs");
      if (next.done) return concatBytes(parts);
      parts.push(next.value);
      length += next.value.length;
    }
    throw unread("is longer than maxBodyBytes");
  } finally {
    over.abort();
    reader.cancel().catch(() => undefined); // the sender may have gone already
  }
}

const LATE: unique symbol = Symbol("late");

async function lateAfter(
  ms: number,
  signal: AbortSignal,
): Promise<typeof LATE> {
  // Aborted when the body has been read, and then nobody waits for this any more.
  await systemClock.sleep(ms, signal).catch(() => undefined);
  return LATE;
}

function brokenOff(cause: unknown): never {
  throw unread("broke off", { cause });
}

function unread(
  state: string,
  evidence: { cause?: unknown } = {},
): WebhookError {
  return new WebhookError(
    `Cannot read the webhook: its body ${state}`,
    evidence,
  );
}

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
