import type { Bytes } from "../_internal/bytes.ts";
import { readStreamWithin } from "../http/read_stream.ts";
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
  const { body, end } = await readStreamWithin(c.req.raw.body, bounds);
  if (end !== "whole") return { status: STATUSES[end] };
  remember(c, body); // those that come after may read it again
  return { bytes: body };
}

// Broken: the sender went away in the middle.
const STATUSES = { late: 408, too_long: 413, broken: 400 } as const;

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
