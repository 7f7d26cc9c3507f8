import { exponentialMs, jitter } from "../../_internal/backoff.ts";
import { KvError, ValidationError } from "../../errors.ts";
import type { KvChange, KvEntry, KvKey, KvSet } from "../../kv/kv.ts";
import { randomId } from "./_random_id.ts";
import type { IncomingCommand, IndexRow, SubscriptionRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { Subscription } from "../subscription.ts";

/** What becomes of a row, and what is committed with it. */
export interface RowEdit {
  /** The new row; `null` to remove the subscription. */
  readonly row: SubscriptionRow | null;
  /** More for the same commit. */
  readonly along?: KvChange;
}

const ID = /^[\w-]{1,64}$/;
// Each round one of those that change the same subscription gets through.
const MOST_TRIES = 20;
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 100;
// No event of a subscription is to be taken in before those that its predecessor holds, whatever the clocks say.
const BEFORE_ALL = -1;

/** Where a subscription lies. */
function rowKey(
  { keys }: Pick<SenderParts, "keys">,
  id: string,
): KvKey {
  return [...keys.subscriptions, id];
}

/** Where an owner's subscription is listed. */
function ownerKey(
  { keys }: Pick<SenderParts, "keys">,
  { owner, id }: { owner: string; id: string },
): KvKey {
  return [...keys.owners, owner, id];
}

/** Where a subscription is found by an event: a noun or verb with a glob lies under `*`. */
function indexKey(
  { keys }: Pick<SenderParts, "keys">,
  { id, scope, for: noun, when: verb }: Subscription,
): KvKey {
  return [...keys.index, scope, bucketOf(noun), bucketOf(verb), id];
}

/** The key that comes right after another one of the same length. */
export function keyAfter(key: KvKey): KvKey {
  return [...key, ""];
}

/** Reads a subscription with what is sealed of it. */
export async function readRow(
  sender: Pick<SenderParts, "kv" | "keys">,
  id: string,
): Promise<KvEntry<SubscriptionRow> | undefined> {
  if (!isId(id)) return undefined;
  return await sender.kv.get<SubscriptionRow>(rowKey(sender, id));
}

/** Whether it can be the id of a subscription. Ids come from URLs: what cannot be one must never reach the store. */
export function isId(id: unknown): boolean {
  return typeof id === "string" && ID.test(id);
}

/** What may be shown of a row. */
export function shown({ sealed: _, ...shown }: SubscriptionRow): Subscription {
  return shown;
}

/** The change that makes a new subscription: its row, its place in the index, and its place with its owner. */
export function newRowChange(
  sender: Pick<SenderParts, "keys">,
  row: SubscriptionRow,
): KvChange {
  const { id, owner } = row;
  const sets: KvSet[] = [
    { key: rowKey(sender, id), value: row },
    { key: indexKey(sender, row), value: indexRow(row) },
  ];
  if (owner !== null) {
    sets.push({ key: ownerKey(sender, { owner, id }), value: true });
  }
  return { checks: [{ key: rowKey(sender, id), version: null }], sets };
}

/** The change that writes or removes a row and keeps the indexes true; it holds only while the row is as it was read. */
export function rowChange(
  sender: SenderParts,
  { from, to }: {
    from: KvEntry<SubscriptionRow>;
    to: SubscriptionRow | null;
  },
): KvChange {
  const { id, owner } = from.value;
  const key = rowKey(sender, id);
  const index = indexKey(sender, from.value);
  const checks = [{ key, version: from.version }];
  if (to === null) {
    const owned = owner === null ? [] : [ownerKey(sender, { owner, id })];
    return { checks, deletes: [key, index, ...owned] };
  }
  const sets: KvSet[] = [{ key, value: to }];
  if (!isFound(to)) return { checks, sets, deletes: [index] };
  sets.push({ key: index, value: indexRow(to) });
  return { checks, sets };
}

/** A command for the deliverer, to be committed with what it follows from. */
export function commandSet(
  sender: SenderParts,
  command: IncomingCommand,
): KvSet {
  const at = command.type === "adopt" ? BEFORE_ALL : sender.now();
  const key = [...sender.keys.incoming, at, randomId("cmd_"), 0];
  return { key, value: command };
}

/** All of several changes in one. */
export function joined(...changes: readonly KvChange[]): KvChange {
  return {
    checks: changes.flatMap(({ checks = [] }) => checks),
    sets: changes.flatMap(({ sets = [] }) => sets),
    deletes: changes.flatMap(({ deletes = [] }) => deletes),
  };
}

/**
 * Changes a subscription, again with fresh eyes when somebody else was faster.
 *
 * @param decide Gives the edit for the row as it is; `undefined` leaves it.
 * @returns Whether it was changed; `undefined` when there is no such subscription.
 */
export async function editRow(
  sender: SenderParts,
  id: string,
  { decide }: {
    decide: (
      row: SubscriptionRow,
    ) => RowEdit | undefined | Promise<RowEdit | undefined>;
  },
): Promise<boolean | undefined> {
  return await untilCommitted(sender, async () => {
    const entry = await readRow(sender, id);
    if (!entry) return { result: undefined };
    const edit = await decide(entry.value);
    if (!edit) return { result: false };
    const change = rowChange(sender, { from: entry, to: edit.row });
    return { result: true, change: joined(change, edit.along ?? {}) };
  });
}

/** Prepares a change and commits it, over and over until its checks hold or there is nothing to change. */
export async function untilCommitted<T>(
  { kv, clock, random }: Pick<SenderParts, "kv" | "clock" | "random">,
  prepare: () => Promise<{ result: T; change?: KvChange }>,
): Promise<T> {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    const { result, change } = await prepare();
    if (!change || (await kv.commit(change)).ok) return result;
    const bounds = { first: FIRST_WAIT_MS, most: LONGEST_WAIT_MS };
    await clock.sleep(jitter(exponentialMs(attempt, bounds), random));
  }
  throw new KvError(
    `Cannot change the subscription: others were faster ${MOST_TRIES} times in a row`,
    { retryable: true },
  );
}

/** The error for an id that no subscription has. */
export function unknownId(action: string): ValidationError {
  return new ValidationError(
    `Cannot ${action} the subscription: id: wanted that of one that exists`,
    { field: "id" },
  );
}

/** Whether events find it. */
function isFound({ active, holds }: Subscription): boolean {
  return active || holds;
}

function indexRow(row: Subscription): IndexRow {
  const { for: noun, when, owner, permission, filter, ordered } = row;
  return { for: noun, when, owner, permission, filter, ordered };
}

function bucketOf(glob: string): string {
  return glob.includes("*") ? "*" : glob;
}
