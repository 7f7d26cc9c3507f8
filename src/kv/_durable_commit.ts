import type { Mutation, PreparedChange, PreparedCheck } from "./_change.ts";
import {
  expiredBy,
  expiryKey,
  keyOfExpiry,
  toStorageKey,
} from "./_durable_key.ts";
import { isExpired, liveRecord, toRecord } from "./_durable_record.ts";
import type { DurableObjectTransactionLike } from "./durable_object.ts";

/**
 * Most records that one call reads. They are in memory together, and an object has 128 MB: of the largest ones that is
 * a quarter.
 */
export const READ_AT_ONCE = 32;
// What the documentation allows for one call of put or delete.
const WRITE_AT_ONCE = 128;
// More than one, so that a store does not grow where every commit adds an entry that expires.
const SWEPT_PER_EXPIRING = 2;

/**
 * Applies a change within a transaction; `false`, with nothing written, when a check does not hold.
 *
 * @param stamp What goes into the records that it writes.
 */
export async function applyChange(
  txn: DurableObjectTransactionLike,
  change: PreparedChange,
  stamp: { readonly version: string; readonly now: number },
): Promise<boolean> {
  for (const checks of chunksOf(change.checks, READ_AT_ONCE)) {
    // Not rolled back: that would take with it what other code of the object writes at the same time.
    if (!await checksHold(txn, checks, stamp.now)) return false;
  }
  const expiring = await write(txn, change.mutations, stamp);
  await sweep(txn, stamp.now, expiring * SWEPT_PER_EXPIRING);
  return true;
}

async function checksHold(
  txn: DurableObjectTransactionLike,
  checks: readonly PreparedCheck[],
  now: number,
): Promise<boolean> {
  const keys = checks.map(({ encoded }) => toStorageKey(encoded));
  const found = await txn.get(keys);
  return checks.every(({ version }, i) => {
    const record = liveRecord(found.get(keys[i] ?? ""), now);
    return (record?.version ?? null) === version;
  });
}

/** Resolves to the number of entries that will expire. */
async function write(
  txn: DurableObjectTransactionLike,
  mutations: readonly Mutation[],
  stamp: { readonly version: string; readonly now: number },
): Promise<number> {
  const puts: [string, unknown][] = [];
  const deletes: string[] = [];
  let expiring = 0;
  for (const mutation of mutations) {
    const key = toStorageKey(mutation.encoded);
    if (mutation.value === undefined) {
      deletes.push(key);
      continue;
    }
    const record = toRecord(mutation.value, mutation, stamp);
    puts.push([key, record]);
    if (record.expiresAt === undefined) continue;
    puts.push([expiryKey(record.expiresAt, key), true]);
    expiring++;
  }
  for (const part of chunksOf(puts, WRITE_AT_ONCE)) {
    await txn.put(Object.fromEntries(part));
  }
  for (const part of chunksOf(deletes, WRITE_AT_ONCE)) await txn.delete(part);
  return expiring;
}

/** Removes entries that have expired, the oldest first. */
async function sweep(
  txn: DurableObjectTransactionLike,
  now: number,
  most: number,
): Promise<void> {
  for (let left = most; left > 0;) {
    // Half of what one call deletes, as each row may take its entry with it.
    const limit = Math.min(left, WRITE_AT_ONCE / 2);
    const rows = [...(await txn.list({ ...expiredBy(now), limit })).keys()];
    if (rows.length > 0) await sweepRows(txn, rows, now);
    if (rows.length < limit) return;
    left -= rows.length;
  }
}

async function sweepRows(
  txn: DurableObjectTransactionLike,
  rows: readonly string[],
  now: number,
): Promise<void> {
  const gone = [...rows];
  for (const row of rows) {
    const key = keyOfExpiry(row);
    // A key that was written again has another time, or none.
    if (isExpired((await txn.get([key])).get(key), now)) gone.push(key);
  }
  await txn.delete(gone);
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) {
    chunks.push(items.slice(i, i + size));
  }
  return chunks;
}
