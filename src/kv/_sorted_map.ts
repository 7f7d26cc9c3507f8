interface Chunk<V> {
  keys: string[];
  values: V[];
}

/** One entry of a {@linkcode SortedMap}. */
export interface SortedEntry<V> {
  readonly key: string;
  readonly value: V;
}

// Inserting moves at most this many slots, and 200,000 entries need no more than some hundreds of chunks.
const CHUNK = 512;

/**
 * A map in key order: sorted chunks found by binary search. Appending at the end fills chunks to the brim.
 *
 * It has no cursors: a walk asks for the neighbour of the last key it saw, so it survives any change in between.
 */
export class SortedMap<V> {
  readonly #chunks: Chunk<V>[] = [];
  #size = 0;

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of a key. */
  get(key: string): V | undefined {
    const chunk = this.#chunks[this.#chunkAt(key)];
    if (chunk === undefined) return undefined;
    const i = lowerBound(chunk.keys, key);
    return chunk.keys[i] === key ? chunk.values[i] : undefined;
  }

  /** Adds or replaces; gives the value that was there. */
  set(key: string, value: V): V | undefined {
    const at = this.#chunkAt(key);
    const chunk = this.#chunks[at] ?? this.#addChunk();
    const i = lowerBound(chunk.keys, key);
    if (chunk.keys[i] === key) {
      const previous = chunk.values[i];
      chunk.values[i] = value;
      return previous;
    }
    this.#size++;
    this.#insert({ at, chunk, i }, { key, value });
    return undefined;
  }

  /** Removes; gives the value that was there. */
  delete(key: string): V | undefined {
    const at = this.#chunkAt(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return undefined;
    const i = lowerBound(chunk.keys, key);
    if (chunk.keys[i] !== key) return undefined;
    this.#size--;
    chunk.keys.splice(i, 1);
    const [removed] = chunk.values.splice(i, 1);
    this.#shrink(at, chunk);
    return removed;
  }

  /** The first entry at or after `key`. */
  ceiling(key: string): SortedEntry<V> | undefined {
    const at = this.#chunkAt(key);
    return this.#entry(at, lowerBound(this.#chunks[at]?.keys ?? [], key));
  }

  /** The first entry after `key`. */
  higher(key: string): SortedEntry<V> | undefined {
    const at = this.#chunkAt(key);
    const keys = this.#chunks[at]?.keys ?? [];
    const i = lowerBound(keys, key);
    return this.#entry(at, keys[i] === key ? i + 1 : i);
  }

  /** The last entry before `key`. */
  lower(key: string): SortedEntry<V> | undefined {
    const at = this.#chunkAt(key);
    const i = lowerBound(this.#chunks[at]?.keys ?? [], key) - 1;
    // Only the first chunk can begin at or after the key, or with the key itself: then the one before ends below it.
    if (i >= 0) return this.#entry(at, i);
    return this.#entry(at - 1, (this.#chunks[at - 1]?.keys.length ?? 0) - 1);
  }

  /** All entries in order; the map must not change meanwhile. */
  *entries(): Generator<SortedEntry<V>, void, undefined> {
    for (let at = 0; at < this.#chunks.length; at++) {
      const length = this.#chunks[at]?.keys.length ?? 0;
      for (let i = 0; i < length; i++) {
        const entry = this.#entry(at, i);
        if (entry) yield entry;
      }
    }
  }

  /** The last chunk that begins at or before the key; the first one when none does. */
  #chunkAt(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#chunks[middle]?.keys[0];
      if (first !== undefined && first <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #entry(at: number, i: number): SortedEntry<V> | undefined {
    let chunk = this.#chunks[at];
    if (chunk !== undefined && i >= chunk.keys.length) {
      chunk = this.#chunks[at + 1];
      i = 0;
    }
    const key = chunk?.keys[i];
    return chunk === undefined || key === undefined
      ? undefined
      : { key, value: chunk.values[i] as V };
  }

  #insert(
    place: { at: number; chunk: Chunk<V>; i: number },
    entry: SortedEntry<V>,
  ): void {
    const { at, chunk, i } = place;
    if (i < chunk.keys.length) {
      chunk.keys.splice(i, 0, entry.key);
      chunk.values.splice(i, 0, entry.value);
    } else if (i >= CHUNK && at === this.#chunks.length - 1) {
      const last = this.#addChunk();
      last.keys.push(entry.key);
      last.values.push(entry.value);
    } else {
      chunk.keys.push(entry.key);
      chunk.values.push(entry.value);
    }
    if (chunk.keys.length > CHUNK) this.#split(at, chunk);
  }

  #addChunk(): Chunk<V> {
    const chunk: Chunk<V> = { keys: [], values: [] };
    this.#chunks.push(chunk);
    return chunk;
  }

  #split(at: number, chunk: Chunk<V>): void {
    const half = chunk.keys.length >>> 1;
    this.#chunks.splice(at + 1, 0, {
      keys: chunk.keys.splice(half),
      values: chunk.values.splice(half),
    });
  }

  #shrink(at: number, chunk: Chunk<V>): void {
    if (chunk.keys.length === 0) {
      this.#chunks.splice(at, 1);
      return;
    }
    const next = this.#chunks[at + 1];
    if (!next || chunk.keys.length + next.keys.length > CHUNK / 4) return;
    chunk.keys.push(...next.keys);
    chunk.values.push(...next.values);
    this.#chunks.splice(at + 1, 1);
  }
}

/** The first index whose key is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = keys[middle];
    if (at !== undefined && at < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
