import { assertMs, assertSignal } from "../_internal/assert.ts";
import type { UploadResume } from "../errors.ts";
import { assertHeaderText } from "./_header_text.ts";
import { planPayload } from "./_payload.ts";
import type { SendIdentity } from "./_resume.ts";
import type { CallOptions } from "./upload.ts";

/** The time of a call, once its options are such. */
export function readTimeout(
  options: CallOptions,
  settings: { readonly timeoutMs: number },
): number {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("Cannot use options: wanted an object");
  }
  const { timeoutMs = settings.timeoutMs, signal } = options;
  assertMs(timeoutMs, "timeoutMs");
  assertSignal(signal);
  return timeoutMs;
}

/** Checks and copies what is to be sent, and gives it its key. */
export function readSend(
  event: string,
  options: {
    given: { payload?: unknown; idempotencyKey?: string };
    resume?: UploadResume | undefined;
  },
): SendIdentity {
  assertHeaderText(event, "event");
  const { given: { payload, idempotencyKey: own = "" }, resume } = options;
  // An empty key is none, as in all clients of the family.
  const key = own === "" ? resume?.idempotencyKey ?? crypto.randomUUID() : own;
  assertHeaderText(key, "idempotencyKey");
  return { event, idempotencyKey: key, plan: planPayload(payload) };
}

/** The error of a client that cannot keep anything. */
export function noStore(): TypeError {
  return new TypeError(
    'Cannot keep events: this client has no store, wanted the options "kv" and "sealingKey"',
  );
}
