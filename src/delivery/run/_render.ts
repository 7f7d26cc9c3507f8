import { type Bytes, encodeUtf8 } from "../../_internal/bytes.ts";
import { USER_AGENT } from "../../_internal/user_agent.ts";
import {
  isHeaderName,
  isHeaderValue,
  isReservedHeader,
} from "../subscriptions/headers.ts";
import type { Dialect, DialectContext } from "../dialect.ts";
import type { JsonValue } from "../event.ts";

/** The longest body in bytes. */
export const MOST_BODY_BYTES: number = 1024 * 1024;

/** A request without its signature. */
export interface Rendered {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes;
}

/** A dialect threw, or gave what cannot be sent. Holds nothing of what it threw, which may quote the data. */
export class DialectFailure extends Error {
  /** @ignore */
  override readonly name = "DialectFailure";
}

const METHODS = new Set(["POST", "PUT", "PATCH"]);
const MOST_HEADERS = 32;

/**
 * Lets a dialect shape a request. Headers of the subscription outweigh those of the dialect, and the sender's own both.
 *
 * @throws {DialectFailure} Whatever the dialect does, and for one that is not there.
 */
export function render(
  dialect: Dialect | undefined,
  { context, custom }: {
    context: DialectContext;
    /** Headers of the subscription, which the dialect does not see. */
    custom: Readonly<Record<string, string>>;
  },
): Rendered {
  const { dialect: name } = context.subscription;
  try {
    if (!dialect) throw new DialectFailure("it is not known");
    const body = bodyOf(dialect, context);
    const method = dialect.method ?? "POST";
    if (!METHODS.has(method)) {
      throw new DialectFailure("wanted POST, PUT or PATCH as method");
    }
    return {
      method,
      headers: {
        ...headersOf(dialect, context),
        ...custom,
        ...own(dialect, context),
      },
      body,
    };
  } catch (error) {
    const state = error instanceof DialectFailure ? `: ${error.message}` : "";
    throw new DialectFailure(`Dialect ${name} failed${state}`);
  }
}

/** The first payload that an adapter gives, else the data itself. */
function payloadOf(dialect: Dialect, context: DialectContext): JsonValue {
  for (const adapt of dialect.payloads ?? []) {
    const payload = adapt(context);
    if (payload !== undefined) return synchronous(payload);
  }
  return context.event.data;
}

function bodyOf(dialect: Dialect, context: DialectContext): Bytes {
  const payload = payloadOf(dialect, context);
  const body: unknown = dialect.body
    ? synchronous(dialect.body(payload, context))
    : JSON.stringify(payload);
  const bytes = bytesOf(body);
  if (bytes.length <= MOST_BODY_BYTES) return bytes;
  throw new DialectFailure(`wanted a body of at most ${MOST_BODY_BYTES} bytes`);
}

function bytesOf(body: unknown): Bytes {
  if (typeof body === "string") return encodeUtf8(body);
  // A copy: the dialect may write its next body into the same array.
  if (body instanceof Uint8Array) return new Uint8Array(body);
  throw new DialectFailure("wanted JSON, or text or bytes as body");
}

// JSON.stringify would make {} of a promise, and Object.entries nothing.
function synchronous<T>(value: T): T {
  if (typeof Object(value).then !== "function") return value;
  // Nobody waits for it, and a rejection that nobody hears ends the process.
  Promise.resolve(value).catch(() => {});
  throw new DialectFailure("wanted a result, not a promise of one");
}

function headersOf(
  dialect: Dialect,
  context: DialectContext,
): Record<string, string> {
  const given = Object.entries(synchronous(dialect.headers?.(context) ?? {}));
  if (given.length > MOST_HEADERS) {
    throw new DialectFailure(`wanted at most ${MOST_HEADERS} headers`);
  }
  return Object.fromEntries(given.map(([name, value]) => {
    const isFree = isHeaderName(name) && !isReservedHeader(name);
    if (isFree && isHeaderValue(value)) return [name.toLowerCase(), value];
    throw new DialectFailure("it gave a header that it must not set");
  }));
}

function own(
  { contentType = "application/json" }: Dialect,
  { event, attempt }: DialectContext,
): Record<string, string> {
  if (!isHeaderValue(contentType)) {
    throw new DialectFailure("wanted visible ASCII as content type");
  }
  return {
    "content-type": contentType,
    "user-agent": USER_AGENT,
    "webhook-id": event.id,
    "webhook-attempt": `${attempt}`,
  };
}
