import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertMs,
} from "../../_internal/assert.ts";
import { systemClock } from "../../_internal/clock.ts";
import { WebhookError } from "../../errors.ts";
import {
  type Bounds,
  readBody,
  readHeaders,
  type Received,
  type ReceivedBody,
  type ReceivedHeaders,
  type ReceivedRequest,
} from "./_received.ts";
import { hasSignature } from "./_signatures.ts";
import {
  cachedSigningKey,
  readSigningKeys,
  type SigningKey,
} from "./signing_key.ts";
import {
  isMessageId,
  isTimestamp,
  signingText,
  toBytes,
} from "./_signing_text.ts";

export type {
  ReceivedBody,
  ReceivedHeaders,
  ReceivedRequest,
} from "./_received.ts";

const MOST_TOLERANCE_MS = 86_400_000;

/**
 * Turns off the check of the timestamp, as for requests that were kept and are verified long after. Whoever has seen a
 * genuine request can then send it again at any time: only for requests that came from a place of your own.
 */
export const skipTimestampCheck: unique symbol = Symbol("skipTimestampCheck");

/** What a request is verified with. */
export interface VerifySignatureOptions {
  /** One secret or public key, or up to 16 of them: `whsec_…`, `whpk_…` or `whsk_…`. Any may match. */
  readonly secrets: string | readonly string[];
  /**
   * Milliseconds by which the timestamp may lie before or after now; at most a day.
   *
   * @default {300_000}
   */
  readonly toleranceMs?: number;
  /** The time in milliseconds since 1970. Default is `Date.now`. */
  readonly now?: () => number;
  /**
   * Longest body in bytes that is read of a request.
   *
   * @default {1_048_576}
   */
  readonly maxBodyBytes?: number;
  /**
   * Milliseconds in which the body of a request must have come.
   *
   * @default {10_000}
   */
  readonly bodyTimeoutMs?: number;
  /**
   * See {@linkcode skipTimestampCheck}.
   *
   * @default {false}
   */
  readonly [skipTimestampCheck]?: boolean;
}

/** A message whose sender has proved who it is. */
export interface VerifiedMessage {
  /** Identifies it: the same when it comes again. */
  readonly id: string;
  /** When it was sent, in seconds since 1970. */
  readonly timestamp: number;
  /** The bytes that were signed. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Verifies a request as Standard Webhooks 1.0.0 says.
 *
 * A receiver does four things. It takes the bytes of the body as they came: JSON that was parsed and written again has
 * another signature. It verifies them. It looks up the `id` among those that it has handled and does nothing for one
 * that it knows, since a sender repeats what it has no answer to. It answers 2xx once the message is safe, within the
 * time that senders wait, which is often 15 seconds; the work comes after.
 *
 * Each signature of the request, up to 16, is compared with each secret of its version by the platform. Whatever is
 * wrong with the credentials costs the same and is told by the same message; only a request that is genuine but too
 * old or too new is told apart.
 *
 * @example Receive
 * ```ts
 * import { sign, verifySignature } from "@sluice/edge/delivery";
 * import { isSluiceError } from "@sluice/edge/errors";
 *
 * const secrets = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
 * const handled = new Set<string>(); // one that outlives the process, in earnest
 *
 * async function receive(request: Request): Promise<Response> {
 *   try {
 *     const { id, body } = await verifySignature(request, { secrets });
 *     if (handled.has(id)) return new Response(null, { status: 204 });
 *     console.log(JSON.parse(new TextDecoder().decode(body)));
 *     handled.add(id);
 *     return new Response(null, { status: 204 });
 *   } catch (error) {
 *     const isRefused = isSluiceError(error) && error.code === "webhook";
 *     return new Response(null, { status: isRefused ? 401 : 500 });
 *   }
 * }
 *
 * const headers = await sign({ id: "msg_1", body: "{}" }, { secrets });
 * const request = { method: "POST", headers, body: "{}" };
 * const answer = await receive(new Request("https://example.com", request));
 * console.assert(answer.status === 204);
 * ```
 *
 * @param rawBody The body as it came.
 * @param headers The headers as they came.
 * @param options With what to verify.
 * @returns The verified message.
 * @throws {WebhookError} When the request is not genuine, not of this time, or its body cannot be read.
 * @throws {ConfigError} When a secret cannot be used, naming `secrets`.
 */
export function verifySignature(
  rawBody: ReceivedBody,
  headers: ReceivedHeaders,
  options: VerifySignatureOptions,
): Promise<VerifiedMessage>;
/** The same for a request, whose body is read within bounds. */
export function verifySignature(
  request: ReceivedRequest,
  options: VerifySignatureOptions,
): Promise<VerifiedMessage>;
export async function verifySignature(
  source: ReceivedBody | ReceivedRequest,
  second: ReceivedHeaders | VerifySignatureOptions,
  third?: VerifySignatureOptions,
): Promise<VerifiedMessage> {
  if (!isRequest(source)) {
    const check = readOptions(third);
    const body = toBytes(source, { name: "rawBody" });
    return await verify({ ...readHeaders(second), body }, check);
  }
  const check = readOptions(second);
  const head = readHeaders(source.headers);
  return await verify({ ...head, body: await readBody(source, check) }, check);
}

interface Check extends Bounds {
  readonly keys: readonly SigningKey[];
  readonly now: () => number;
  /** Either way from now. */
  readonly toleranceMs: number;
}

function readOptions(options: unknown): Check {
  const {
    secrets,
    toleranceMs = 300_000,
    now = systemClock.now,
    maxBodyBytes: maxBytes = 1_048_576,
    bodyTimeoutMs: timeoutMs = 10_000,
    [skipTimestampCheck]: skips = false,
  } = Object(options) as VerifySignatureOptions;
  assertInteger(toleranceMs, "toleranceMs", { min: 0, max: MOST_TOLERANCE_MS });
  assertFunction(now, "now");
  assertInteger(maxBytes, "maxBodyBytes", { min: 0 });
  assertMs(timeoutMs, "bodyTimeoutMs");
  assertBoolean(skips, "skipTimestampCheck");
  return {
    keys: readSigningKeys(secrets, cachedSigningKey),
    now,
    toleranceMs: skips ? Infinity : toleranceMs,
    maxBytes,
    timeoutMs,
  };
}

async function verify(
  { id, timestamp, signature, body }: Received,
  { keys, now, toleranceMs }: Check,
): Promise<VerifiedMessage> {
  // Copied and measured before anything is awaited, so that what is given back is what was verified.
  const text = signingText({ id, timestamp, body });
  const start = text.length - body.length;
  const isSigned = await hasSignature({ text, header: signature }, keys);
  if (!isSigned || !isMessageId(id) || !isTimestamp(timestamp)) {
    throw refused("its credentials are missing or wrong");
  }
  if (!(Math.abs(now() - Number(timestamp) * 1000) <= toleranceMs)) {
    throw refused(
      `its timestamp is further from now than toleranceMs, which is ${toleranceMs}`,
    );
  }
  return { id, timestamp: Number(timestamp), body: text.slice(start) };
}

function isRequest(
  source: ReceivedBody | ReceivedRequest,
): source is ReceivedRequest {
  return typeof source === "object" && source !== null && "headers" in source;
}

function refused(state: string): WebhookError {
  return new WebhookError(`Cannot accept the webhook: ${state}`);
}
