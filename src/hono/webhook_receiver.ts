import {
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import type { Bytes } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";
import { isSluiceError, KvError } from "../errors.ts";
import type { HandlerContext } from "../spool/mod.ts";
import { readRawBody } from "./_raw_body.ts";
import { tell } from "./_tell.ts";
import { type RouteContext, type RouteHandler, textAnswer } from "./route.ts";

/** What the receiver looks at of a change. */
export interface ReceivedChange {
  /** When it happened; `null` when that cannot be read. */
  readonly at: Date | null;
  /** The row as it came. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What the receiver needs of a client: its webhook methods. `C` is what it makes of a delivery, a `Change`. */
export interface WebhookClient<C extends ReceivedChange> {
  /** Tells whether a delivery is genuine. */
  verifyWebhook(rawBody: Bytes, headers: Headers): Promise<boolean>;
  /** Reads a delivery. */
  parseWebhook(rawBody: Bytes, headers: Headers): Promise<C>;
  /** Keeps a genuine delivery. */
  storeWebhook(rawBody: Bytes, headers: Headers): Promise<StoreResult>;
}

/** What became of a delivery; kept means durable. */
export type StoreResult =
  | { readonly stored: true }
  | {
    readonly stored: false;
    readonly reason: "unauthenticated" | "too_large";
  };

/** How {@linkcode webhookReceiver} works. */
export interface WebhookReceiverOptions<C = unknown> {
  /**
   * `"store"` keeps the delivery and answers; `processInbox` delivers it later. `"inline"` gives it to `handler` first
   * and keeps it when that fails. Default is `"store"`.
   */
  readonly mode?: "store" | "inline";
  /** Is given the change in the mode `"inline"`. */
  readonly handler?: (change: C, context: HandlerContext) => unknown;
  /** Longest body in bytes; a longer one is answered with 413. Default is 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Milliseconds in which the body must have come; else 408. Default is 10,000. */
  readonly bodyTimeoutMs?: number;
  /** Seconds in the `Retry-After` of a 503. Default is 30. */
  readonly retryAfterSeconds?: number;
  /**
   * Milliseconds by which the time `at` of a change may differ from now; a delivery outside is answered with 409 and not
   * kept. The signature covers no other time, so this is what stops somebody who recorded a delivery. It also stops
   * what the platform held back for longer: fetch that with `drainWebhookBacklog`. No limit by default.
   */
  readonly replayWindowMs?: number;
  /** Milliseconds for the store; then 503. Default is 10,000. */
  readonly storeTimeoutMs?: number;
  /** Milliseconds for the inline handler; then its signal aborts and the delivery is kept. Default is 10,000. */
  readonly handlerTimeoutMs?: number;
  /** Is told what went wrong: a store that failed, an inline handler that threw. The answer does not wait for it. */
  readonly onFailure?: (error: unknown, c: RouteContext) => unknown;
}

interface Settings<C> {
  readonly mode: "store" | "inline";
  readonly handler:
    | ((change: C, context: HandlerContext) => unknown)
    | undefined;
  readonly bounds: { readonly maxBytes: number; readonly timeoutMs: number };
  readonly retryAfterSeconds: number;
  readonly replayWindowMs: number;
  readonly storeTimeoutMs: number;
  readonly handlerTimeoutMs: number;
  readonly onFailure:
    | ((error: unknown, c: RouteContext) => unknown)
    | undefined;
}

const MIB = 1024 * 1024;

/**
 * Receives webhooks of the platform.
 *
 * | answer | meaning |
 * |---|---|
 * | 200 | the delivery is genuine and durable (or handled, in the mode `"inline"`) |
 * | 401 | the credentials are missing or wrong; nothing was kept |
 * | 408, 413, 400 | the body came too slowly, is too long, or broke off; nothing was kept |
 * | 409 | outside `replayWindowMs`; nothing was kept |
 * | 503 | the store failed or took too long; the platform keeps the event and sends it later |
 *
 * What a genuine sender sends is never refused for what is in it: one answer other than 200 makes the platform hold
 * back the whole queue. What cannot be read becomes a dead letter when the inbox is processed.
 *
 * @param client Verifies and keeps.
 * @param options How; every one has a default.
 * @returns A handler for `app.post`.
 * @throws {TypeError} When the mode is `"inline"` and there is no handler, or an option has the wrong type.
 * @throws {RangeError} When a number is out of bounds.
 *
 * @example An endpoint
 * ```ts
 * import { Hono } from "hono";
 * import type { Client } from "@sluice/edge/company-data";
 * import { webhookReceiver } from "@sluice/edge/hono";
 *
 * export function endpoint(client: Client): Hono {
 *   return new Hono().post("/webhook", webhookReceiver(client));
 * }
 * ```
 */
export function webhookReceiver<C extends ReceivedChange>(
  client: WebhookClient<C>,
  options: WebhookReceiverOptions<C> = {},
): RouteHandler {
  const settings = readSettings(options);
  return async function receiveWebhook(c): Promise<Response> {
    try {
      return await receive(c, client, settings);
    } catch (error) {
      tell(settings.onFailure, error, c);
      return textAnswer("try again later", 503, {
        "retry-after": String(settings.retryAfterSeconds),
      });
    }
  };
}

async function receive<C extends ReceivedChange>(
  c: RouteContext,
  client: WebhookClient<C>,
  settings: Settings<C>,
): Promise<Response> {
  const body = await readRawBody(c, settings.bounds);
  if ("status" in body) return textAnswer(REASONS[body.status], body.status);
  const delivery = { bytes: body.bytes, headers: c.req.raw.headers };
  if (await isOutside(client, delivery, settings)) {
    return textAnswer("too old", 409);
  }
  if (settings.mode === "inline") {
    return await handleInline(c, { client, delivery, settings });
  }
  return await store(client, delivery, settings);
}

const REASONS = {
  400: "the body broke off",
  408: "the body came too slowly",
  413: "the body is too long",
};

interface Delivery {
  readonly bytes: Bytes;
  readonly headers: Headers;
}

async function store(
  client: Pick<WebhookClient<never>, "storeWebhook">,
  { bytes, headers }: Delivery,
  options: { readonly storeTimeoutMs: number },
): Promise<Response> {
  // A commit that comes late all the same is a repeat when the platform sends the event again.
  const result = await within(
    options.storeTimeoutMs,
    client.storeWebhook(bytes, headers),
  );
  if (result.stored) return textAnswer("ok", 200);
  return result.reason === "too_large"
    ? textAnswer(REASONS[413], 413)
    : textAnswer("wrong credentials", 401);
}

async function handleInline<C extends ReceivedChange>(
  c: RouteContext,
  { client, delivery, settings }: {
    client: WebhookClient<C>;
    delivery: Delivery;
    settings: Settings<C>;
  },
): Promise<Response> {
  if (!await client.verifyWebhook(delivery.bytes, delivery.headers)) {
    return textAnswer("wrong credentials", 401);
  }
  const stop = new AbortController();
  const handled = handOver(client, delivery, { settings, signal: stop.signal });
  try {
    await within(settings.handlerTimeoutMs, handled);
    return textAnswer("ok", 200);
  } catch (error) {
    stop.abort();
    tell(settings.onFailure, error, c);
    // Kept, so that processInbox tries again: the platform must hear 200 from here on.
    return await store(client, delivery, settings);
  }
}

async function handOver<C extends ReceivedChange>(
  client: WebhookClient<C>,
  { bytes, headers }: Delivery,
  context: { settings: Settings<C>; signal: AbortSignal },
): Promise<void> {
  const change = await client.parseWebhook(bytes, headers);
  const id = headers.get("x-allus-webhook-id") ?? "";
  const { settings, signal } = context;
  await settings.handler?.(change, { id, attempt: 1, signal });
}

async function isOutside(
  client: Pick<
    WebhookClient<ReceivedChange>,
    "parseWebhook" | "verifyWebhook"
  >,
  { bytes, headers }: Delivery,
  { replayWindowMs }: { readonly replayWindowMs: number },
): Promise<boolean> {
  if (replayWindowMs === Infinity) return false;
  if (!await client.verifyWebhook(bytes, headers)) return false;
  const change = await client.parseWebhook(bytes, headers).catch(
    onlyUnreadable,
  );
  const stated = change?.raw["at"] ?? "";
  // Without a time there is nothing to compare; a time that cannot be read is none of the platform's.
  if (!change || stated === "") return false;
  const at = change.at?.getTime() ?? -Infinity;
  return Math.abs(systemClock.now() - at) > replayWindowMs;
}

/** What cannot be read has no time, and is for the dead letters to show; any other failure may pass. */
function onlyUnreadable(error: unknown): undefined {
  if (isSluiceError(error) && error.code === "webhook") return undefined;
  throw error;
}

async function within<R>(ms: number, work: Promise<R>): Promise<R> {
  const over = new AbortController();
  const late = systemClock.sleep(ms, over.signal).then(
    () =>
      Promise.reject(
        new KvError("Cannot finish the webhook: it took too long", {
          outcomeUnknown: true,
          retryable: true,
        }),
      ),
    () => work,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    // Met above when it came in time; else it belongs to nobody any more.
    work.catch(() => {});
    late.catch(() => {});
  }
}

function readSettings<C>(options: WebhookReceiverOptions<C>): Settings<C> {
  const {
    mode = "store",
    handler,
    maxBodyBytes = MIB,
    bodyTimeoutMs = 10_000,
  } = options;
  const { retryAfterSeconds = 30, replayWindowMs = Infinity, onFailure } =
    options;
  const { storeTimeoutMs = 10_000, handlerTimeoutMs = 10_000 } = options;
  if (mode !== "store" && mode !== "inline") {
    throw new TypeError('Cannot use mode: wanted "store" or "inline"');
  }
  if (mode === "inline") assertFunction(handler, "handler");
  if (onFailure !== undefined) assertFunction(onFailure, "onFailure");
  assertInteger(maxBodyBytes, "maxBodyBytes", { min: 1 });
  assertInteger(retryAfterSeconds, "retryAfterSeconds", { min: 0 });
  assertMs(bodyTimeoutMs, "bodyTimeoutMs");
  assertMs(replayWindowMs, "replayWindowMs");
  assertMs(storeTimeoutMs, "storeTimeoutMs");
  assertMs(handlerTimeoutMs, "handlerTimeoutMs");
  const bounds = { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs };
  const timeouts = { storeTimeoutMs, handlerTimeoutMs };
  const rest = { retryAfterSeconds, replayWindowMs, onFailure };
  return { mode, handler, bounds, ...timeouts, ...rest };
}
