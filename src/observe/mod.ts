/**
 * What Sluice does, told as it happens: one stream of typed events, and a logger that redacts.
 *
 * The pump, the inbox, the sender of webhooks, integrations and the client of FlowFlex take an `onEvent`. An event holds ids, names, counts and
 * durations, and no data. A listener costs nothing where there is none, and cannot do harm where there is one: it is
 * not waited for, and what it throws changes nothing. `@sluice/edge/otel` makes spans and metrics of the same events.
 *
 * | `source` | given to | tells of |
 * |---|---|---|
 * | `pump` | `Client`, option `onEvent` | runs, pages, and what became of each change |
 * | `inbox` | the same | webhooks stored and refused, runs, and what became of each delivery |
 * | `delivery` | `WebhookSender`, option `onEvent` | runs, attempts, subscriptions disabled and recovered |
 * | `integration` | `Integration.load`, `runPollingTrigger`, option `onEvent` | actions, accounts, polls, and their runs |
 * | `flowflex` | `FlowFlex`, option `onEvent` | events sent and retried, files, and runs over what was kept |
 *
 * `type` says what happened: `run.started` and `run.ended`, `page.persisted`, `event.delivered`, `event.failed`,
 * `event.parked`, `event.dead_lettered`, `event.duplicate`, `webhook.stored`, `webhook.refused`, `redrive.started` and
 * `redrive.ended`, `delivery.created`, `delivery.succeeded`, `delivery.failed`, `delivery.exhausted`,
 * `delivery.skipped`, `subscription.disabled`, `subscription.recovered`, `action.executed`, `account.read`, `poll.ran`,
 * `send.kept`, `send.succeeded`, `send.failed`, `send.retried`, `file.uploaded`, `file.type_differs`.
 *
 * What changes the store is told after its commit, and at most once: the events of a process that dies may be lost. So
 * alarm on `health()`, and use events to see why.
 *
 * @example Count what is given up
 * ```ts
 * import type { SluiceEvent } from "@sluice/edge/observe";
 *
 * let givenUp = 0;
 * export function onEvent(event: SluiceEvent): void {
 *   if (event.type === "event.dead_lettered" || event.type === "delivery.exhausted") givenUp++;
 * }
 * ```
 *
 * @example Log a run as lines of JSON
 * ```ts
 * import { Client } from "@sluice/edge/company-data";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { jsonLogger, logObserver } from "@sluice/edge/observe";
 * import { createSandbox } from "@sluice/edge/sandbox";
 * import { assertEquals } from "@std/assert";
 *
 * await using sandbox = await createSandbox();
 * const person = await sandbox.connect();
 * await sandbox.publish({ event: "field_updated", person, slug: "email", value: "anna@example.com" });
 *
 * const lines: string[] = [];
 * const onEvent = logObserver(jsonLogger({ write: (line) => lines.push(line) }));
 * const options = { kv: memoryKv(), fetch: sandbox.clientFetch, onEvent };
 * await using client = await Client.fromConfig(sandbox.config(), options);
 * await client.processChanges(() => {});
 *
 * assertEquals(lines.map((line) => JSON.parse(line).message), [
 *   "pump run.started",
 *   "pump page.persisted",
 *   "pump event.delivered",
 *   "pump run.ended",
 * ]);
 * assertEquals(lines.some((line) => line.includes("anna@")), false);
 * ```
 *
 * @module
 */
export type {
  AccountRead,
  ActionExecuted,
  CallMember,
  DeliveryAttempted,
  DeliveryEvent,
  DeliveryMember,
  DeliveryRunEnded,
  DeliveryRunStarted,
  DeliveryStep,
  ErrorNote,
  EventDeadLettered,
  EventDelivered,
  EventDuplicate,
  EventFailed,
  EventParked,
  EventTime,
  ExecutionOutcome,
  FileTypeDiffers,
  FileUploaded,
  FlowFlexEvent,
  InboxEvent,
  IntegrationEvent,
  ItemMember,
  PagePersisted,
  PollRan,
  PumpEvent,
  RedriveEnded,
  RedriveStarted,
  RunEnded,
  RunMember,
  RunStarted,
  SendFailed,
  SendKept,
  SendMember,
  SendRetried,
  SendSucceeded,
  SluiceEvent,
  WebhookRefused,
  WebhookStored,
  WorkEvent,
} from "./events.ts";
export { jsonLogger } from "./json_logger.ts";
export type { JsonLoggerOptions } from "./json_logger.ts";
export { logObserver } from "./log_observer.ts";
export type { LogFields, Logger } from "./logger.ts";
export { combineObservers } from "./observer.ts";
export type { Observer } from "./observer.ts";
