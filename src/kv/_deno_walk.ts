import { decodeKey, encodeKey, encodePrefix } from "./_key_codec.ts";
import type {
  DenoKvEntryLike,
  DenoKvLike,
  DenoKvSelectorLike,
} from "./deno.ts";
import type { KvKey, KvRange } from "./kv.ts";

const BATCH = 100;

/** A range as Deno KV takes it. */
export interface DenoBounds {
  readonly prefix: KvKey;
  /** First key, inclusive. */
  readonly lower?: KvKey;
  /** End of the walk, exclusive. */
  readonly upper?: KvKey;
}

/** An entry under a key that this package can have written. */
export interface OwnEntry extends DenoKvEntryLike {
  readonly key: KvKey;
}

/** A walk over a handle that can go on after a failure, as the iterator of the handle cannot. */
export class DenoWalk {
  readonly #kv: DenoKvLike;
  readonly #options: { readonly reverse: boolean; readonly batchSize: number };
  #left: DenoBounds;
  #last: string | undefined;
  #iterator: AsyncIterator<DenoKvEntryLike> | undefined;

  constructor(
    kv: DenoKvLike,
    bounds: DenoBounds,
    options: { reverse: boolean; limit: number },
  ) {
    this.#kv = kv;
    this.#left = bounds;
    this.#options = {
      reverse: options.reverse,
      batchSize: Math.min(options.limit, BATCH),
    };
  }

  /** The next entry, `undefined` at the end. After it has failed, the next call begins behind the last entry. */
  async next(): Promise<OwnEntry | undefined> {
    this.#iterator ??= this.#kv.list(selectorOf(this.#left), this.#options)
      [Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#iterator.next();
        if (done) return undefined;
        if (isOwn(value) && this.#advance(value.key)) return value;
      }
    } catch (error) {
      this.#iterator = undefined;
      throw error;
    }
  }

  /** Lets go of the handle's iterator. */
  async close(): Promise<void> {
    await this.#iterator?.return?.();
  }

  /** `false` for the key that a walk which goes on begins with: it was given. */
  #advance(key: KvKey): boolean {
    const encoded = encodeKey(key);
    if (encoded === this.#last) return false;
    this.#last = encoded;
    const bound = this.#options.reverse ? "upper" : "lower";
    this.#left = { ...this.#left, [bound]: key };
    return true;
  }
}

/** A copy of a range, as Deno KV takes it. */
export function denoBounds({ prefix, start, end }: KvRange): DenoBounds {
  // Deno KV refuses a start that is the prefix itself, which is no key of the range anyway.
  const lower = start && start.length > prefix.length;
  return {
    prefix: decodeKey(encodePrefix(prefix).prefix),
    ...(lower && { lower: decodeKey(encodeKey(start)) }),
    ...(end && { upper: decodeKey(encodeKey(end)) }),
  };
}

function selectorOf({ prefix, lower, upper }: DenoBounds): DenoKvSelectorLike {
  if (lower && upper) return { start: lower, end: upper };
  if (lower) return { prefix, start: lower };
  return upper ? { prefix, end: upper } : { prefix };
}

function isOwn(entry: DenoKvEntryLike): entry is OwnEntry {
  return entry.key.every((part) =>
    typeof part === "string" || typeof part === "number"
  );
}
