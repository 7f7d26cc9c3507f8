import { type Bytes, concatBytes } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";
import type { RouteContext } from "./route.ts";

/** The bytes of a request, or the status that says why there are none. */
export type RawBody =
  | { readonly bytes: Bytes }
  | { readonly status: 400 | 408 | 413 };

/** Bounds of a body. */
export interface BodyBounds {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * Reads the body as it came, before anybody has decoded it. What another middleware has read through `c.req` is taken
 * from there; what it read past Hono is gone.
 */
export async function readRawBody(
  c: RouteContext,
  bounds: BodyBounds,
): Promise<RawBody> {
  if (Number(c.req.raw.headers.get("content-length") ?? 0) > bounds.maxBytes) {
    return { status: 413 };
  }
  if (Object.keys(c.req.bodyCache).length > 0) {
    return await fromCache(c, bounds);
  }
  if (c.req.raw.bodyUsed) {
    throw new TypeError(
      "Cannot read the body: a middleware has read it from the raw request, wanted one that reads it through c.req",
    );
  }
  const body = await readBounded(c.req.raw, bounds);
  // Those that come after may read it again.
  if ("bytes" in body) remember(c, body.bytes);
  return body;
}

// Hono keeps promises there, whatever its type says.
function remember(c: RouteContext, bytes: Bytes): void {
  const cache = c.req.bodyCache as { arrayBuffer?: unknown };
  cache.arrayBuffer = Promise.resolve(bytes.slice().buffer);
}

async function fromCache(
  c: RouteContext,
  { maxBytes }: BodyBounds,
): Promise<RawBody> {
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  return bytes.length > maxBytes ? { status: 413 } : { bytes };
}

async function readBounded(
  request: Request,
  { maxBytes, timeoutMs }: BodyBounds,
): Promise<RawBody> {
  const reader = request.body?.getReader();
  if (!reader) return { bytes: new Uint8Array() };
  const over = new AbortController();
  const late = lateAfter(timeoutMs, over.signal);
  const parts: Uint8Array[] = [];
  try {
    for (let length = 0;;) {
      const next = await Promise.race([reader.read(), late]);
      if (next === LATE) return { status: 408 };
      if (next.done) return { bytes: concatBytes(parts) };
      parts.push(next.value);
      length += next.value.length;
      if (length > maxBytes) return { status: 413 };
    }
  } catch {
    return { status: 400 }; // the sender went away in the middle
  } finally {
    over.abort();
    // What is not wanted any more need not arrive; it may have ended already.
    reader.cancel().catch(() => {});
  }
}

const LATE: unique symbol = Symbol("late");

function lateAfter(ms: number, signal: AbortSignal): Promise<typeof LATE> {
  return systemClock.sleep(ms, signal).then(
    (): typeof LATE => LATE,
    (): typeof LATE => LATE,
  );
}
