/**
 * The durable engine: an ordered, at-least-once work list over a {@linkcode KvStore}.
 *
 * A segment is appended whole or not at all, and is durable once `append` has resolved. One consumer at a time holds
 * the lease; each of its commits carries a fencing token, so one that lost the lease changes nothing. An item ends by
 * `ack`, stays by `park`, or moves by `deadLetter`, each in one commit: it is never in two places and never in none.
 *
 * After a crash the next consumer gets every item that was not acknowledged, with the same id, in the same order.
 *
 * @module
 */
export type { Random } from "../_internal/backoff.ts";
export type { Bytes } from "../_internal/bytes.ts";
export type { Clock } from "../_internal/clock.ts";
export type { JsonObject } from "../_internal/json.ts";
export type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvSet,
  KvStore,
} from "../kv/mod.ts";
export { createSpool } from "./spool.ts";
export type {
  ConsumeOptions,
  LastRun,
  Spool,
  SpoolHealth,
  SpoolOptions,
} from "./spool.ts";
export { SpoolConsumer } from "./_consumer.ts";
export type { AckNote, SpoolItem } from "./_consumer.ts";
export type { DeadLetter, DeadLetterNote, Failure } from "./_dead_letters.ts";
export type { LeaseOptions } from "./lease.ts";
export type { Parked } from "./_progress.ts";
export type { Split } from "./_reader.ts";
export { redriveSpool } from "./redrive.ts";
export type { RedriveOptions, RedriveReport } from "./redrive.ts";
export { dropDeadLetters } from "./retention.ts";
export type { DeadLetterLimits } from "./retention.ts";
export { checkRunOptions, runSpool } from "./run.ts";
export type {
  HandlerContext,
  Job,
  Remembered,
  RunOptions,
  RunProgress,
  RunReport,
  StopReason,
} from "./run.ts";
