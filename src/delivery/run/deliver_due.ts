import {
  assertInteger,
  assertMs,
  assertSignal,
} from "../../_internal/assert.ts";
import { acquireLease } from "../../spool/lease.ts";
import {
  Deliverer,
  type DeliveryStop,
  nextDueAt,
  type RunLimits,
} from "./_deliverer.ts";
import { newTally } from "./_run_context.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { Told } from "./_told.ts";

export type { DeliveryStop };

/** How {@linkcode WebhookSender.deliverDue} works. */
export interface DeliverOptions {
  /** Ends the run: nothing more is begun, and what is under way gets three seconds. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds after which nothing more is begun. A request that has no answer three seconds later is cut, and counts
   * as an attempt that failed.
   *
   * @default {Infinity}
   */
  readonly deadlineMs?: number;
  /**
   * Requests under way at once.
   *
   * @default {16}
   */
  readonly concurrency?: number;
  /**
   * Milliseconds that the run waits for what is due next, before it ends.
   *
   * @default {1000}
   */
  readonly waitMs?: number;
  /**
   * Milliseconds after which others may take over when this process no longer renews its lease.
   *
   * @default {30000}
   */
  readonly leaseMs?: number;
}

/** What a run did. */
export interface DeliveryReport {
  /** Deliveries that were made of events, and by replays. */
  readonly created: number;
  /** Deliveries that a receiver answered with 2xx. */
  readonly succeeded: number;
  /** Attempts that failed and will be repeated, and deliveries put off because what is sealed did not open. */
  readonly retried: number;
  /** Deliveries that ended without success. */
  readonly failed: number;
  /** Deliveries that were not permitted. */
  readonly denied: number;
  /** Deliveries for which a principal or a permission did not exist. */
  readonly missing: number;
  /** Deliveries that were not kept. */
  readonly dropped: number;
  /** Subscriptions that were disabled. */
  readonly disabled: number;
  /** Calls of `onEvent` that failed while the run was at work. */
  readonly observerFailures: number;
  /**
   * When something is due next, in milliseconds since 1970, for an alarm; `null` when nothing waits. A second from now
   * at the earliest when another run is at work.
   */
  readonly nextDueAt: number | null;
  /** `"busy"` when another run is at work; no error, and nothing was done. */
  readonly stopped: DeliveryStop;
}

const BUSY_MS = 1_000;

/** Delivers what is due. */
export async function deliverDue(
  sender: SenderParts,
  options: DeliverOptions = {},
): Promise<DeliveryReport> {
  const limits = readLimits(options);
  const { leaseMs = 30_000 } = options;
  const lease = await acquireLease(sender, { leaseMs });
  const deliverer = lease && new Deliverer(sender, lease, limits);
  if (!deliverer) new Told(sender, newTally()).busy();
  const stopped = await deliverer?.toEnd() ?? "busy";
  const tally = deliverer?.tally ?? newTally();
  return { ...tally, nextDueAt: await whenNext(sender, stopped), stopped };
}

/** Not at once when another run is at work: an alarm that is set by it would ring until that has ended. */
async function whenNext(
  sender: SenderParts,
  stopped: DeliveryStop,
): Promise<number | null> {
  const dueAt = await nextDueAt(sender);
  if (dueAt === undefined) return null;
  return stopped === "busy" ? Math.max(dueAt, sender.now() + BUSY_MS) : dueAt;
}

function readLimits(options: DeliverOptions): RunLimits {
  const limits = {
    signal: options.signal,
    deadlineMs: options.deadlineMs ?? Infinity,
    concurrency: options.concurrency ?? 16,
    waitMs: options.waitMs ?? 1_000,
  };
  assertSignal(limits.signal);
  assertMs(limits.deadlineMs, "deadlineMs");
  assertInteger(limits.concurrency, "concurrency", { min: 1, max: 1_000 });
  assertMs(limits.waitMs, "waitMs");
  return limits;
}
