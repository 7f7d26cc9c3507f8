import { unlessAborted } from "../../_internal/abort.ts";
import { type Call, openCall, send } from "../../http/send.ts";
import { classifyAnswer, failureText, type Stage } from "./_classify.ts";
import { ENDINGS } from "./_log.ts";
import { permit } from "../matching/permit.ts";
import {
  MOST_ANSWER_BYTES,
  recordRequest,
  recordResponse,
  scrubOf,
} from "./_redact.ts";
import { render, type Rendered } from "./_render.ts";
import type { Sealed } from "../_rows.ts";
import type { Signer } from "../signing/signer.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { Attempt, AttemptRequest } from "../delivery.ts";
import type { EmittedEvent } from "../event.ts";
import type { Subscription } from "../subscription.ts";
import { checkTarget } from "../target/check_target.ts";

/** The parts of a sender that an attempt needs. */
export type AttemptParts = Pick<
  SenderParts,
  | "clock"
  | "random"
  | "dialects"
  | "permissions"
  | "targetPolicy"
  | "fetch"
  | "now"
>;

/** What is delivered to whom. */
export interface AttemptInput {
  readonly event: EmittedEvent;
  readonly subscription: Subscription;
  readonly sealed: Sealed;
  /** Signs unless the dialect does without; `undefined` for a subscription without a secret. */
  readonly signer: Signer | undefined;
  /** 1 for the first. */
  readonly attempt: number;
  /** Cuts the attempt, which then does not count. */
  readonly signal: AbortSignal;
  /** Time for all of it, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came of an attempt. */
export interface AttemptOutcome {
  /**
   * The receiver took it, did not, or wants nothing any more; somebody may not, or somebody is missing; or the signal
   * stopped it before there was an answer.
   */
  readonly kind:
    | "succeeded"
    | "failed"
    | "gone"
    | "denied"
    | "missing"
    | "stopped";
  readonly attempt: Attempt;
  /** How long the receiver asked to be left alone, in milliseconds and unbounded; `null` when it did not. */
  readonly retryAfterMs: number | null;
  /** Whether the receiver has more than it can do. */
  readonly throttled: boolean;
}

type Outcome = Omit<AttemptOutcome, "attempt"> & Partial<Attempt>;

interface Deed {
  readonly sender: AttemptParts;
  readonly input: AttemptInput;
  readonly call: Call;
  /** How far it has come, for the case that it goes no further. */
  stage: Stage;
  request: AttemptRequest | null;
}

class TimedOut extends Error {}

/**
 * Delivers an event to a subscription, once. Permission and target are checked again first, because both may have
 * changed since the event was emitted. Never throws: what the application, the receiver, the DNS or the network does
 * is an outcome.
 */
export async function attemptDelivery(
  sender: AttemptParts,
  input: AttemptInput,
): Promise<AttemptOutcome> {
  const at = sender.now();
  const { clock } = sender;
  const { timeoutMs, signal, attempt: number } = input;
  const expired = (): Error => new TimedOut();
  const call = openCall({ clock, timeoutMs, signal, expired });
  const deed: Deed = {
    sender,
    input,
    call,
    stage: "permission",
    request: null,
  };
  const outcome = await deliver(deed).catch((error) => failure(deed, error));
  call.close();
  const { kind, retryAfterMs, throttled } = outcome;
  const { message = "", response = null } = outcome;
  const { request } = deed;
  const tookMs = Math.max(0, sender.now() - at);
  const attempt = { number, at, tookMs, message, request, response };
  return { kind, attempt, retryAfterMs, throttled };
}

async function deliver(deed: Deed): Promise<Outcome> {
  const { sender, input, call } = deed;
  const { event, subscription } = input;
  call.signal.throwIfAborted();
  const verdict = await unlessAborted(
    permit(sender, subscription, { event, phase: "send" }),
    call.signal,
  );
  if (verdict === "denied" || verdict === "missing") return refused(verdict);
  deed.stage = "target";
  const { signal } = call;
  const url = await checkTarget(subscription.to, sender.targetPolicy, {
    signal,
  });
  return await post(deed, { url, rendered: rendered(deed) });
}

function rendered(deed: Deed): Rendered {
  deed.stage = "dialect";
  const { sender, input: { event, subscription, attempt, sealed } } = deed;
  const dialect = sender.dialects.get(subscription.dialect);
  const context = { event, subscription, attempt };
  return render(dialect, { context, custom: sealed.headers });
}

async function post(
  deed: Deed,
  { url, rendered }: { url: URL; rendered: Rendered },
): Promise<Outcome> {
  const { sender, input: { sealed }, call } = deed;
  deed.stage = "signature";
  const headers = { ...rendered.headers, ...await sign(deed, rendered.body) };
  deed.request = recordRequest({ ...rendered, headers }, url);
  deed.stage = "send";
  const answer = await send({
    ...rendered,
    url,
    headers,
    timeoutMs: Infinity, // the call has its own
    maxResponseBytes: MOST_ANSWER_BYTES,
    headCounts: true,
    signal: call.signal,
  }, sender);
  const scrub = scrubOf(sealed);
  const found = classifyAnswer(answer, { url, now: sender.now() });
  const message = scrub.text(found.message);
  return { ...found, message, response: recordResponse(answer, scrub) };
}

async function sign(
  { sender, input }: Deed,
  body: Rendered["body"],
): Promise<Record<string, string>> {
  const { event, subscription, signer } = input;
  const seconds = Math.floor(sender.now() / 1000);
  const isSigned = sender.dialects.get(subscription.dialect)?.signed ?? true;
  return signer && isSigned
    ? await signer.headers(event.id, seconds, body)
    : { "webhook-timestamp": `${seconds}` };
}

function refused(kind: "denied" | "missing"): Outcome {
  const { message } = ENDINGS[kind];
  return { kind, message, retryAfterMs: null, throttled: false };
}

function failure({ input, call, stage }: Deed, error: unknown): Outcome {
  const { timeoutMs, signal } = input;
  const nothing = { retryAfterMs: null, throttled: false };
  if (signal.aborted) {
    return { ...nothing, kind: "stopped", message: "Stopped" };
  }
  const isLate = call.signal.reason instanceof TimedOut;
  const message = isLate
    ? `Timed out after ${timeoutMs} ms`
    : failureText(error, stage);
  return { ...nothing, kind: "failed", message };
}
