import { assertFunction, assertInteger } from "../_internal/assert.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import type { KvKey, KvStore } from "../kv/kv.ts";
import type { IntegrationEvent, WorkEvent } from "../observe/events.ts";
import {
  type Observer,
  type SafeObserver,
  safeObserver,
} from "../observe/observer.ts";
import {
  createSpool,
  type HandlerContext,
  type Job,
  type RunOptions,
  type RunReport,
  runSpool,
  type Spool,
} from "../spool/mod.ts";
import { decodeItems, PollState } from "./_poll_state.ts";
import type { ContextLike } from "./context.ts";
import { ConfigError } from "../errors.ts";
import type { PollRecord } from "./handlers.ts";
import { type Integration, observerOf } from "./integration.ts";

/**
 * Is given each record. When it resolves, the record is done; when it rejects with anything, the record is tried
 * again and in the end moves to the dead letters. `context.id` is the same in every delivery of the same record.
 */
export type PollHandler = (
  record: PollRecord,
  context: HandlerContext,
) => unknown;

/** A record on its way. */
export interface PollItem {
  /** What its id is remembered by; `null` when it has none. */
  readonly key: string | null;
  /** The record as the trigger gave it. */
  readonly record: PollRecord;
}

/** Where the records of a trigger are kept. */
export interface PollPlace {
  /**
   * Keeps the time of the last poll, the records under way, and the ids of those delivered, under keys that begin with
   * `"sluice"`, `"integration"`.
   */
  readonly kv: KvStore;
  /**
   * Tells polls of the same trigger apart, such as the id of the account whose credentials are used. Everything is
   * kept apart by it. Default is `"default"`.
   */
  readonly account?: string;
  /** Time and waiting; the host's by default. */
  readonly clock?: Clock;
}

/** How {@linkcode runPollingTrigger} works. */
export interface PollOptions extends RunOptions, PollPlace {
  /** Is given each record. */
  readonly handler: PollHandler;
  /** Credentials and `fetch` for the trigger. */
  readonly context: ContextLike;
  /** Inputs of the trigger. Default is `{}`. */
  readonly inputs?: unknown;
  /**
   * Milliseconds for which the ids of records are remembered, whatever became of them. A record that the service
   * still lists after that is delivered again. Default is a year.
   */
  readonly rememberMs?: number;
  /** Is told what the poll and the run do. Default is that of the integration. */
  readonly onEvent?: Observer<IntegrationEvent>;
}

/** What {@linkcode runPollingTrigger} did. */
export interface PollReport extends RunReport {
  /** Whether the trigger was polled; not when its interval had not passed. */
  readonly polled: boolean;
  /** When the next poll is due, in milliseconds since 1970. */
  readonly nextPollAt: number;
}

const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * Delivers what an earlier run left, polls once if the trigger's interval has passed, and delivers what was found.
 *
 * All records of a poll are stored before the first is delivered, and the time of the poll only after them: whatever
 * dies in between, nothing that a poll found is lost. Each record is delivered at least once, and again only when the
 * process died in its handler or before that was written down. A record is known by its `id`; one whose id is `null`
 * cannot be known again and is delivered by every poll that finds it. One that waits for a retry, or lies in the dead
 * letters, is not stored again while the service goes on listing it.
 *
 * The handler of the trigger gets the time at which the last poll began as an ISO 8601 text in UTC, and `null` the
 * first time. A time ahead of the clock was told by a wrong one: the poll is due, and the handler gets the time before
 * it, or `null`. Runs that overlap do no harm: one works and the others report `"busy"`.
 *
 * @param integration Where the trigger is registered.
 * @param name The trigger.
 * @param options Store, handler and context, and how to deliver.
 * @returns What was done, once all of it is committed.
 * @throws {ConfigError} When the configuration does not define the trigger.
 * @throws {ValidationError} When inputs, credentials or a record do not match; that poll stores nothing.
 * @throws {KvError} When the store failed.
 * @throws Whatever the trigger throws; the next run polls again.
 */
export async function runPollingTrigger(
  integration: Integration,
  name: string,
  options: PollOptions,
): Promise<PollReport> {
  const settings = readOptions(options);
  const { kv, clock, handler, rememberMs, onEvent } = settings;
  const everyMs = intervalOf(integration, name);
  const prefix = prefixOf(integration, name, settings);
  const spool = openSpool(prefix, settings);
  const state = new PollState({ kv, clock, prefix, everyMs, rememberMs });
  let polled = false;
  const refill = async (): Promise<boolean> => {
    // Once in a run, or a trigger without an interval would never end.
    if (polled || !await state.isDue()) return false;
    polled = true;
    const { inputs, context } = settings;
    return await state.poll(
      spool,
      (lastPollTs) =>
        integration.executePollingTrigger(name, inputs, lastPollTs, context, {
          ...onEvent && { onEvent },
        }),
    );
  };
  const met = (key: string): void => state.met(key);
  const job = jobOf({ handler, rememberMs, refill, met });
  const report = await runSpool(spool, job, {
    ...settings,
    onEvent: workObserver(integration, name, settings),
  });
  return { ...report, polled, nextPollAt: await state.nextPollAt() };
}

/**
 * Opens the spool that {@linkcode runPollingTrigger} works on, to look at its dead letters or to drive them again.
 *
 * @param integration Where the trigger is defined.
 * @param name The trigger.
 * @param placeOptions The same store and account as in the runs.
 * @returns The spool.
 * @throws {ConfigError} When the configuration does not define the trigger.
 */
export function pollingTriggerSpool(
  integration: Integration,
  name: string,
  placeOptions: PollPlace,
): Spool<PollItem> {
  intervalOf(integration, name);
  const place = readPlace(placeOptions);
  return openSpool(prefixOf(integration, name, place), place);
}

function workObserver(
  integration: Integration,
  trigger: string,
  options: Pick<PollOptions, "onEvent">,
): SafeObserver<WorkEvent> | undefined {
  const tell = safeObserver(options.onEvent) ?? observerOf(integration);
  const { name } = integration.config;
  const source = { source: "integration", integration: name } as const;
  return tell && ((event) => tell({ ...source, trigger, ...event }));
}

type Place = Required<PollPlace>;

type Settings =
  & PollOptions
  & Place
  & Required<Pick<PollOptions, "rememberMs" | "inputs">>;

function readOptions(options: PollOptions): Settings {
  const settings = {
    ...options,
    ...readPlace(options),
    rememberMs: options.rememberMs ?? YEAR_MS,
    inputs: options.inputs ?? {},
  };
  assertFunction(settings.handler, "handler");
  assertInteger(settings.rememberMs, "rememberMs", { min: 1 });
  return settings;
}

function readPlace({ kv, account, clock }: PollPlace): Place {
  const place = {
    kv,
    account: account ?? "default",
    clock: clock ?? systemClock,
  };
  if (typeof place.account === "string" && place.account !== "") return place;
  throw new TypeError("Cannot use account: wanted a text that is not empty");
}

function intervalOf(integration: Integration, name: string): number {
  const config = integration.config.pollingTriggers[name];
  if (config) return config.pollingIntervalMs;
  throw new ConfigError(
    `Cannot run polling trigger "${name}": the configuration does not define it`,
  );
}

function prefixOf(
  integration: Integration,
  name: string,
  { account }: { account: string },
): KvKey {
  return ["sluice", "integration", integration.config.name, name, account];
}

function openSpool(
  prefix: KvKey,
  { kv, clock }: { kv: KvStore; clock: Clock },
): Spool<PollItem> {
  return createSpool<PollItem>({
    kv,
    clock,
    prefix: [...prefix, "records"],
    split: decodeItems,
  });
}

function jobOf(
  parts:
    & Pick<Settings, "handler" | "rememberMs">
    & { refill: () => Promise<boolean>; met: (key: string) => void },
): Job<PollItem, PollItem> {
  const { handler, rememberMs: forMs, refill, met } = parts;
  return {
    prepare: (item) => item,
    isPoison: () => false,
    // The place in the spool names a record too, but another one when the same record is found again.
    handle: ({ key, record }, context) =>
      handler(record, { ...context, id: key ?? context.id }),
    lane({ key }): string {
      if (key !== null) met(key);
      return key ?? "";
    },
    remember: ({ key }) => key === null ? undefined : { key, forMs },
    refill,
  };
}
