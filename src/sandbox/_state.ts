import type { Clock } from "../_internal/clock.ts";
import { FaultBook } from "./_fault_book.ts";
import { Feed } from "./_feed.ts";
import { fieldRow } from "./fields.ts";
import type { KeyRing } from "./_keys.ts";
import { People } from "./_people.ts";
import { createRequestLog, type RequestLog } from "./requests.ts";
import type { Settings } from "./options.ts";
import type { HookQueue } from "./_hook_queue.ts";

/** Where a sandbox that does not listen says it is. The name is reserved (RFC 6761), so nothing else can answer. */
export const UNLISTENED_ORIGIN = "https://sandbox.test";

/** A file as the file endpoint serves it. */
export interface StoredFile {
  readonly sha256: string;
  /** Raw bytes for the plaintext shape, else the answer's object. */
  readonly content: Uint8Array<ArrayBuffer> | Readonly<Record<string, unknown>>;
  readonly mimeType: string;
  expiredAt?: string;
}

/** Everything that a sandbox knows. It lives in memory and ends with the process. */
export interface State {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly keys: KeyRing;
  fields: Record<string, unknown>[];
  readonly people: People;
  readonly files: Map<string, StoredFile>;
  readonly logs: Record<string, unknown>[];
  readonly feed: Feed;
  readonly backlogs: Map<string, Feed>;
  /** Webhooks by their ids, in the order in which they were added. */
  readonly webhooks: Map<string, HookQueue>;
  readonly slotIds: Map<string, string>;
  /** Access token to the millisecond from which it is refused. */
  readonly tokens: Map<string, number>;
  readonly faults: FaultBook;
  readonly requests: RequestLog;
  /** Answers whose connection is meant to break before anything of them arrives. */
  readonly dropped: WeakSet<Response>;
  origin: string;
  /** Counts from 1, apart for each name. */
  readonly next: (name: string) => number;
}

/** An empty platform with a catalog. */
export function createState(settings: Settings, keys: KeyRing): State {
  const counters = new Map<string, number>();
  return {
    settings,
    clock: settings.clock,
    keys,
    fields: settings.fields.map(fieldRow),
    people: new People(),
    files: new Map(),
    logs: [],
    feed: new Feed(),
    backlogs: new Map(),
    webhooks: new Map(),
    slotIds: new Map(),
    tokens: new Map(),
    faults: new FaultBook(),
    requests: createRequestLog(settings.requestLogSize),
    dropped: new WeakSet(),
    origin: UNLISTENED_ORIGIN,
    next(name): number {
      const next = (counters.get(name) ?? 0) + 1;
      counters.set(name, next);
      return next;
    },
  };
}

/** The feed, or the backlog of a webhook, made when first needed. */
export function feedOf(state: State, webhookId: string | undefined): Feed {
  if (webhookId === undefined) return state.feed;
  let backlog = state.backlogs.get(webhookId);
  if (!backlog) state.backlogs.set(webhookId, backlog = new Feed());
  return backlog;
}

/** An id that the sandbox has not given before. */
export function nextId(state: State, prefix: string): string {
  return `${prefix}-${state.next(prefix)}`;
}

/** The id of a slot: the same for a slug as long as the sandbox lives. */
export function slotIdOf(state: State, slug: string): string {
  let id = state.slotIds.get(slug);
  if (!id) state.slotIds.set(slug, id = nextId(state, "slot"));
  return id;
}

/** ISO 8601 time of the sandbox's clock. */
export function timestamp(state: State): string {
  return new Date(state.clock.now()).toISOString();
}
