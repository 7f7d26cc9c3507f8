import { type Context, Hono } from "hono";
import { assertInteger, assertMs } from "../_internal/assert.ts";
import { decodeUtf8 } from "../_internal/bytes.ts";
import { type BodyBounds, readRawBody } from "./_raw_body.ts";

/**
 * The app that Hono makes of routes.
 *
 * @internal
 */
export type HonoApp = Hono;

/** How the body of a call is bounded. */
export interface RpcOptions {
  /** Longest request body. Defaults to 1 MiB. */
  maxBodyBytes?: number;
  /** Time for the body to arrive, in milliseconds. Defaults to 10 seconds. */
  bodyTimeoutMs?: number;
}

const MAX_BODY_BYTES = 1024 * 1024;
const BODY_TIMEOUT_MS = 10_000;

/** An app that tells its health and what it serves. */
export function rpcApp(info: () => object): HonoApp {
  const app = new Hono();
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/info", (context) => context.json(info()));
  return app;
}

/** The bounds that the options set, or a `RangeError`. */
export function bodyBounds(options: RpcOptions): BodyBounds {
  const { maxBodyBytes = MAX_BODY_BYTES } = options;
  const { bodyTimeoutMs = BODY_TIMEOUT_MS } = options;
  assertInteger(maxBodyBytes, "maxBodyBytes", { min: 1 });
  assertMs(bodyTimeoutMs, "bodyTimeoutMs");
  return { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs };
}

/** The body as text, or the refusal of one that is too long, too slow or broken off. */
export async function bodyText(
  context: Context,
  bounds: BodyBounds,
): Promise<string | Response> {
  const body = await readRawBody(context, bounds);
  if ("bytes" in body) return textOf(body.bytes);
  const message = `Cannot read the request: ${refusals(bounds)[body.status]}`;
  return context.json({ message }, body.status);
}

/** An answer whose JSON text is there already. */
export function jsonText(json: string, status: number = 200): Response {
  return new Response(json, {
    status,
    headers: { "content-type": "application/json" },
  });
}

/** Refuses a method other than POST. */
export function postOnly(): Response {
  return new Response(null, { status: 405, headers: { allow: "POST" } });
}

/** A copy of the statuses that outcomes are mapped to, or a `RangeError`. */
export function readStatuses<Name extends string>(
  statuses: Readonly<Partial<Record<Name, number>>>,
  { known, what }: { known: readonly Name[]; what: string },
): Readonly<Partial<Record<Name, number>>> {
  for (const [name, status] of Object.entries(statuses)) {
    const isStatus = Number.isInteger(status) && Number(status) >= 200 &&
      Number(status) < 600;
    if (isStatus && known.some((each) => each === name)) continue;
    throw new RangeError(
      `Cannot use statuses.${name}: wanted ${what} and a status from 200 to 599`,
    );
  }
  return { ...statuses };
}

// What is not UTF-8 is no JSON (RFC 8259 section 8.1), and neither is an empty text.
function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    return "";
  }
}

function refusals(
  { maxBytes, timeoutMs }: BodyBounds,
): Record<400 | 408 | 413, string> {
  return {
    400: "it broke off",
    408: `wanted all of it within ${timeoutMs} ms`,
    413: `wanted at most ${maxBytes} bytes`,
  };
}
