import type { Context, Handler } from "hono";
import {
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import type { Bytes } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";
import type {
  ChangeHandler,
  Client,
  WebhookHeaders,
} from "../company_data/mod.ts";
import { readRawBody } from "./_raw_body.ts";

/** What the receiver needs of a client. */
export type WebhookClient = Pick<
  Client,
  "handleWebhook" | "parseWebhook" | "storeWebhook" | "verifyWebhook"
>;

/** How {@linkcode webhookReceiver} works. */
export interface WebhookReceiverOptions {
  /**
   * `"store"` keeps the delivery and answers; `processInbox` delivers it later. `"inline"` gives it to `handler` first
   * and keeps it when that fails. Default is `"store"`.
   */
  readonly mode?: "store" | "inline";
  /** Is given the change in the mode `"inline"`. */
  readonly handler?: ChangeHandler;
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
  /** Is told what went wrong: a store that failed, an inline handler that threw. */
  readonly onError?: (error: unknown, c: Context) => unknown;
}

interface Settings {
  readonly mode: "store" | "inline";
  readonly handler: ChangeHandler | undefined;
  readonly bounds: { readonly maxBytes: number; readonly timeoutMs: number };
  readonly retryAfterSeconds: number;
  readonly replayWindowMs: number;
  readonly onError: ((error: unknown, c: Context) => unknown) | undefined;
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
 * | 503 | the store failed; the platform keeps the event and sends it later |
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
export function webhookReceiver(
  client: WebhookClient,
  options: WebhookReceiverOptions = {},
): Handler {
  const settings = readSettings(options);
  return async function receiveWebhook(c): Promise<Response> {
    try {
      return await receive(c, client, settings);
    } catch (error) {
      await settings.onError?.(error, c);
      c.header("Retry-After", String(settings.retryAfterSeconds));
      return c.text("try again later", 503);
    }
  };
}

async function receive(
  c: Context,
  client: WebhookClient,
  settings: Settings,
): Promise<Response> {
  const body = await readRawBody(c, settings.bounds);
  if ("status" in body) return c.text(REASONS[body.status], body.status);
  const delivery = { bytes: body.bytes, headers: c.req.raw.headers };
  if (await isOutside(client, delivery, settings)) {
    return c.text("too old", 409);
  }
  if (settings.mode === "inline") {
    return await handleInline(c, { client, delivery, settings });
  }
  return await store(c, client, delivery);
}

const REASONS = {
  400: "the body broke off",
  408: "the body came too slowly",
  413: "the body is too long",
};

interface Delivery {
  readonly bytes: Bytes;
  readonly headers: WebhookHeaders;
}

async function store(
  c: Context,
  client: WebhookClient,
  { bytes, headers }: Delivery,
): Promise<Response> {
  const result = await client.storeWebhook(bytes, headers);
  if (result.stored) return c.text("ok", 200);
  return result.reason === "too_large"
    ? c.text(REASONS[413], 413)
    : c.text("wrong credentials", 401);
}

async function handleInline(
  c: Context,
  { client, delivery, settings }: {
    client: WebhookClient;
    delivery: Delivery;
    settings: Settings;
  },
): Promise<Response> {
  const { bytes, headers } = delivery;
  if (!await client.verifyWebhook(bytes, headers)) {
    return c.text("wrong credentials", 401);
  }
  try {
    const change = await client.parseWebhook(bytes, headers);
    await settings.handler?.(change, {
      id: c.req.header("x-allus-webhook-id") ?? "",
      attempt: 1,
      signal: new AbortController().signal,
    });
    return c.text("ok", 200);
  } catch (error) {
    // Kept, so that processInbox tries again: the platform must hear 200 from here on.
    await settings.onError?.(error, c);
    return await store(c, client, delivery);
  }
}

async function isOutside(
  client: WebhookClient,
  { bytes, headers }: Delivery,
  { replayWindowMs }: Settings,
): Promise<boolean> {
  if (
    replayWindowMs === Infinity || !await client.verifyWebhook(bytes, headers)
  ) return false;
  // What cannot be read has no time, and is for the dead letters to show.
  const change = await client.parseWebhook(bytes, headers).catch(() =>
    undefined
  );
  const at = change?.at?.getTime();
  return at !== undefined && Math.abs(systemClock.now() - at) > replayWindowMs;
}

function readSettings(options: WebhookReceiverOptions): Settings {
  const {
    mode = "store",
    handler,
    maxBodyBytes = MIB,
    bodyTimeoutMs = 10_000,
  } = options;
  const { retryAfterSeconds = 30, replayWindowMs = Infinity, onError } =
    options;
  if (mode !== "store" && mode !== "inline") {
    throw new TypeError('Cannot use mode: wanted "store" or "inline"');
  }
  if (mode === "inline") assertFunction(handler, "handler");
  if (onError !== undefined) assertFunction(onError, "onError");
  assertInteger(maxBodyBytes, "maxBodyBytes", { min: 1 });
  assertInteger(retryAfterSeconds, "retryAfterSeconds", { min: 0 });
  assertMs(bodyTimeoutMs, "bodyTimeoutMs");
  assertMs(replayWindowMs, "replayWindowMs");
  const bounds = { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs };
  return { mode, handler, bounds, retryAfterSeconds, replayWindowMs, onError };
}
