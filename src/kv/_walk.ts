import { assertInteger } from "../_internal/assert.ts";
import { encodeKey, encodePrefix } from "./_key_codec.ts";
import type { SortedEntry, SortedMap } from "./_sorted_map.ts";
import type { KvKey, KvListOptions, KvRange } from "./kv.ts";

/** What a list call asked for, read once. */
export interface Walk {
  /** First encoded key, inclusive. */
  readonly lower: string;
  /** End of the walk, exclusive. */
  readonly upper: string;
  /** `Infinity` when all are wanted. */
  readonly limit: number;
  readonly reverse: boolean;
}

/**
 * Reads the arguments of a list call.
 *
 * @throws {TypeError} For a key that is none, and for a start or end outside of the prefix.
 * @throws {RangeError} For a limit that is no count.
 */
export function prepareWalk(range: KvRange, options: KvListOptions): Walk {
  const { limit, reverse = false } = options;
  if (limit !== undefined) assertInteger(limit, "limit", { min: 0 });
  const { prefix, start, end } = range;
  const inside = encodePrefix(prefix);
  const lower = start && encodeBound(start, "start", inside.prefix);
  const upper = end && encodeBound(end, "end", inside.prefix);
  return {
    lower: lower !== undefined && lower > inside.lower ? lower : inside.lower,
    upper: upper ?? inside.upper,
    limit: limit ?? Infinity,
    reverse,
  };
}

/** The entry that follows `last` in the direction of the walk, or the first one when there is none. */
export function nextEntry<V>(
  index: SortedMap<V>,
  { walk, last }: { walk: Walk; last: string | undefined },
): SortedEntry<V> | undefined {
  const entry = walk.reverse
    ? index.lower(last ?? walk.upper)
    : last === undefined
    ? index.ceiling(walk.lower)
    : index.higher(last);
  return entry && entry.key >= walk.lower && entry.key < walk.upper
    ? entry
    : undefined;
}

function encodeBound(key: KvKey, name: string, prefix: string): string {
  const encoded = encodeKey(key, name);
  if (encoded.startsWith(prefix)) return encoded;
  throw new TypeError(
    `Cannot list: ${name} does not begin with the prefix`,
  );
}
