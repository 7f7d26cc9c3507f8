import { mapAhead } from "../../_internal/ahead.ts";
import { assertInteger } from "../../_internal/assert.ts";
import type { KvKey } from "../../kv/kv.ts";
import type { SubscriptionRow } from "../_rows.ts";
import { parseScope } from "../matching/scope.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { keyAfter, readRow, shown } from "./stored.ts";
import type { Subscription } from "../subscription.ts";

/** Which subscriptions are listed. */
export interface ListSubscriptionsOptions {
  /** Only those of this owner; read from an index. */
  readonly owner?: string;
  /** Only those that stand here or below; all are read for it, unless an owner is given too. */
  readonly scope?: string;
  /** Most to give. No limit by default. */
  readonly limit?: number;
  /** Only those that come after this id, which need not exist. */
  readonly after?: string;
}

type Reader = Pick<SenderParts, "kv" | "keys">;

const READ_AT_ONCE = 8;

/** Reads one subscription; `undefined` when there is none of that id. */
export async function getSubscription(
  sender: Reader,
  id: string,
): Promise<Subscription | undefined> {
  const entry = await readRow(sender, id);
  return entry && shown(entry.value);
}

/**
 * Lists subscriptions by id, active or not, a page at a time. What is made meanwhile may be given or not.
 *
 * @throws {RangeError} When `limit` is not a whole number from 1 up.
 * @throws {ValidationError} When `scope` is no path.
 */
export function listSubscriptions(
  sender: Reader,
  options: ListSubscriptionsOptions = {},
): AsyncGenerator<Subscription> {
  const { owner, scope, limit = Number.MAX_SAFE_INTEGER, after } = options;
  assertInteger(limit, "limit", { min: 1 });
  const within = scope === undefined ? "/" : parseScope(scope);
  const rows = owner === undefined
    ? allRows(sender, after)
    : ownedRows(sender, { owner, after });
  return take(rows, { within, limit });
}

/** Ids of an owner's subscriptions in order. */
export async function* ownedIds(
  { kv, keys }: Reader,
  { owner, after }: { owner: string; after?: string | undefined },
): AsyncGenerator<string> {
  const range = rangeAfter([...keys.owners, owner], after);
  for await (const { key } of kv.list(range)) yield String(key.at(-1));
}

async function* take(
  rows: AsyncIterable<SubscriptionRow>,
  { within, limit }: { within: string; limit: number },
): AsyncGenerator<Subscription> {
  let given = 0;
  for await (const row of rows) {
    if (!isWithinScope(row.scope, within)) continue;
    yield shown(row);
    if (++given >= limit) return;
  }
}

async function* allRows(
  { kv, keys }: Reader,
  after: string | undefined,
): AsyncGenerator<SubscriptionRow> {
  const range = rangeAfter(keys.subscriptions, after);
  for await (const { value } of kv.list<SubscriptionRow>(range)) yield value;
}

async function* ownedRows(
  sender: Reader,
  place: { owner: string; after: string | undefined },
): AsyncGenerator<SubscriptionRow> {
  const read = (id: string): ReturnType<typeof readRow> => readRow(sender, id);
  const ids = ownedIds(sender, place);
  for await (const entry of mapAhead(ids, read, { atOnce: READ_AT_ONCE })) {
    // Removed since its id was read.
    if (entry) yield entry.value;
  }
}

function isWithinScope(scope: string, outer: string): boolean {
  return outer === "/" || scope === outer || scope.startsWith(`${outer}/`);
}

function rangeAfter(
  prefix: KvKey,
  after: string | undefined,
): { prefix: KvKey; start?: KvKey } {
  if (after === undefined) return { prefix };
  return { prefix, start: keyAfter([...prefix, after]) };
}
