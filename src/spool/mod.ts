/**
 * The durable engine: an ordered, at-least-once work list over a {@linkcode KvStore}.
 *
 * The client's feed and inbox, polling triggers and the outbox of `@sluice/edge/flowflex` are spools. Use it directly
 * for work of your own that must survive the end of the process.
 *
 * ### What holds after a crash
 *
 * A segment is appended whole or not at all, and is durable once `append` has resolved. One consumer at a time holds
 * the lease; each of its commits carries a fencing token, so one that lost the lease changes nothing. An item ends by
 * `ack`, stays by `park`, or moves by `deadLetter`, each in one commit: it is never in two places and never in none.
 * After a crash the next consumer gets every item that was not acknowledged, with the same id, in the same order. A
 * killed consumer blocks the others for `leaseMs` at most.
 *
 * ### The parts
 *
 * - {@linkcode createSpool} opens a spool under a `prefix`. `split` makes items of the bytes of a segment, always the
 *   same.
 * - {@linkcode runSpool} consumes it until it is empty, out of time or stopped: retries with `backoff`, parking of what
 *   is due after the deadline, dead letters, lanes with `concurrency`, an end without dead letters when
 *   `outageThreshold` different items in a row fail. Its options and its report are those of `processChanges` of the
 *   client.
 * - {@linkcode redriveSpool} gives dead letters to the handler again; {@linkcode dropDeadLetters} deletes them.
 * - `spool.consume()` gives a {@linkcode SpoolConsumer} to those who want to say `ack`, `park` and `deadLetter`
 *   themselves.
 *
 * @example Work that survives the process
 * ```ts
 * import { memoryKv } from "@sluice/edge/kv";
 * import { createSpool, type Job, runSpool } from "@sluice/edge/spool";
 * import { assertEquals } from "@std/assert";
 *
 * const spool = createSpool<{ to: string }>({
 *   kv: memoryKv(), // in earnest one that survives it
 *   prefix: ["mail"],
 *   split: (body) => JSON.parse(new TextDecoder().decode(body)),
 * });
 * await spool.append(new TextEncoder().encode('[{"to":"anna"},{"to":"bob"}]'));
 *
 * const sent: string[] = [];
 * type Mail = { to: string };
 * const job: Job<Mail, Mail> = {
 *   prepare: (mail) => mail,
 *   isPoison: () => false, // an error of prepare would be the item's own fault
 *   lane: ({ to }) => to, // mails to one person stay in order
 *   handle({ to }, { id, attempt }) {
 *     if (to === "bob") throw new Error("mailbox full");
 *     console.log(id, attempt); // the same id when it comes again
 *     sent.push(to);
 *   },
 * };
 * const report = await runSpool(spool, job, { maxRetries: 0, deadlineMs: 20_000 });
 * assertEquals([sent, report.delivered, report.deadLettered], [["anna"], 1, 1]);
 * for await (const { value, failure } of spool.deadLetters()) {
 *   console.log(value.to, failure.name); // bob Error
 * }
 * ```
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
export type {
  ErrorNote,
  EventDeadLettered,
  EventDelivered,
  EventDuplicate,
  EventFailed,
  EventParked,
  EventTime,
  ItemMember,
  RedriveEnded,
  RedriveStarted,
  RunEnded,
  RunMember,
  RunStarted,
  WorkEvent,
} from "../observe/events.ts";
export type { Observer } from "../observe/observer.ts";
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
  RunTools,
  StopReason,
} from "./run.ts";
