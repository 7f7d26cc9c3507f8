import { assertMs } from "../_internal/assert.ts";
import { encodeKey, keyBytes, MAX_KEY_BYTES } from "./_key_codec.ts";
import {
  storedBytes,
  storedBytesAtMost,
  type StoredValue,
  toStored,
} from "./_value.ts";
import type { KvChange, KvCheck, KvKey, KvLimits, KvSet } from "./kv.ts";

/** A condition with its key encoded. */
export interface PreparedCheck {
  readonly encoded: string;
  readonly key: KvKey;
  readonly version: string | null;
}

/** A write or, without a value, a deletion. */
export interface Mutation {
  readonly encoded: string;
  readonly key: KvKey;
  readonly value: StoredValue | undefined;
  /** `Infinity` for an entry that stays. */
  readonly expireInMs: number;
}

/** A change that was found valid and no longer shares anything with the caller. */
export interface PreparedChange {
  readonly checks: readonly PreparedCheck[];
  readonly mutations: readonly Mutation[];
  readonly relaxed: boolean;
}

interface Bound {
  readonly what: string;
  readonly limit: keyof KvLimits;
}

/**
 * Reads a change once and refuses what no store may take. With `borrow`, the bytes among its values stay the caller's.
 *
 * @throws {TypeError} For a key, version or value that is none, and for a key that is written twice.
 * @throws {RangeError} Beyond a limit, naming the limit and the size.
 */
export function prepareChange(
  change: KvChange,
  limits: KvLimits,
  options: { borrow?: boolean } = {},
): PreparedChange {
  const { checks = [], sets = [], deletes = [], relaxed = false } = change;
  assertWithin(limits, checks.length, { what: "checks", limit: "maxChecks" });
  assertWithin(limits, sets.length + deletes.length, {
    what: "sets and deletes",
    limit: "maxMutations",
  });
  const preparedChecks = checks.map(prepareCheck);
  const mutations = [
    ...sets.map((set, i) => prepareSet(set, `sets[${i}]`, options)),
    ...deletes.map((key, i) => prepareDelete(key, `deletes[${i}]`)),
  ];
  assertDistinct(mutations);
  assertBytes(limits, mutations, preparedChecks);
  return { checks: preparedChecks, mutations, relaxed };
}

/** Whether every check holds against the versions that `versionOf` finds. */
export function checksHold(
  checks: readonly PreparedCheck[],
  versionOf: (encoded: string) => string | null,
): boolean {
  return checks.every(({ encoded, version }) => versionOf(encoded) === version);
}

/** Bytes of all keys of a commit, those of its checks too. */
export function totalKeyBytes(change: {
  readonly checks: readonly { readonly key: KvKey }[];
  readonly mutations: readonly Mutation[];
}): number {
  let sum = 0;
  for (const { key } of change.checks) sum += keyBytes(key);
  for (const { key } of change.mutations) sum += keyBytes(key);
  return sum;
}

function prepareCheck({ key, version }: KvCheck, i: number): PreparedCheck {
  if (version !== null && typeof version !== "string") {
    throw new TypeError(
      `Cannot commit: version of checks[${i}] is of type ${typeof version}, wanted a string or null`,
    );
  }
  const encoded = encodeKey(key, `key of checks[${i}]`);
  return { encoded, key: key.slice(), version };
}

function prepareSet(
  set: KvSet,
  name: string,
  options: { borrow?: boolean },
): Mutation {
  const { key, value, expireInMs = Infinity } = set;
  assertMs(expireInMs, `expireInMs of ${name}`);
  return {
    encoded: encodeKey(key, `key of ${name}`),
    key: key.slice(),
    value: toStored(value, `value of ${name}`, options),
    expireInMs,
  };
}

function prepareDelete(key: KvKey, name: string): Mutation {
  const encoded = encodeKey(key, name);
  return { encoded, key: key.slice(), value: undefined, expireInMs: Infinity };
}

function assertDistinct(mutations: readonly Mutation[]): void {
  if (mutations.length < 2) return;
  const seen = new Set<string>();
  for (const { encoded } of mutations) seen.add(encoded);
  if (seen.size === mutations.length) return;
  throw new TypeError(
    "Cannot commit: a key is written twice, wanted each key once in sets and deletes together",
  );
}

function assertBytes(
  limits: KvLimits,
  mutations: readonly Mutation[],
  checks: readonly PreparedCheck[],
): void {
  let atMost = checks.length * MAX_KEY_BYTES;
  for (const { value = "" } of mutations) {
    const bound = storedBytesAtMost(value);
    if (bound > limits.maxValueBytes) assertValueBytes(limits, value);
    atMost += MAX_KEY_BYTES + bound;
  }
  if (atMost <= limits.maxCommitBytes) return;
  let sum = totalKeyBytes({ checks, mutations });
  for (const { value = "" } of mutations) sum += storedBytes(value);
  assertWithin(limits, sum, {
    what: "bytes of all keys and values",
    limit: "maxCommitBytes",
  });
}

function assertValueBytes(limits: KvLimits, value: StoredValue): void {
  assertWithin(limits, storedBytes(value), {
    what: "bytes of one value",
    limit: "maxValueBytes",
  });
}

function assertWithin(limits: KvLimits, size: number, bound: Bound): void {
  const most = limits[bound.limit];
  if (size <= most) return;
  throw new RangeError(
    `Cannot commit: ${bound.what} come to ${size}, wanted at most ${most} (${bound.limit})`,
  );
}
