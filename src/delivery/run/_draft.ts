import type { KvChange, KvKey, KvSet } from "../../kv/kv.ts";

// UTF-8 takes at most three bytes for a unit of UTF-16.
const MOST_BYTES_OF_A_UNIT = 3;
const NUMBER_BYTES = 9;

type Operation = { readonly key: KvKey; readonly set: KvSet | undefined };

/** Writes that belong together; of several to one key the last one counts. */
export class Draft {
  readonly #operations = new Map<string, Operation>();
  #bytes = 0;
  #keyBytes = 0;

  /** Number of writes. */
  get size(): number {
    return this.#operations.size;
  }

  /** At least the bytes that a store counts. */
  get bytes(): number {
    return this.#bytes;
  }

  /** At least the bytes of its keys. */
  get keyBytes(): number {
    return this.#keyBytes;
  }

  /** Stores a value. */
  set(key: KvKey, value: unknown): this {
    return this.#put({ key, set: { key, value } }, mostBytes(value));
  }

  /** Deletes a key. */
  delete(key: KvKey): this {
    return this.#put({ key, set: undefined }, 0);
  }

  /** Takes over all writes of another one, after its own. */
  add(other: Draft): void {
    for (const [name, operation] of other.#operations) {
      this.#operations.set(name, operation);
    }
    this.#bytes += other.#bytes;
    this.#keyBytes += other.#keyBytes;
  }

  /** What was written last under a key: a value, or a deletion, or nothing. */
  peek(key: KvKey): { readonly value: unknown } | undefined {
    const found = this.#operations.get(JSON.stringify(key));
    return found && { value: found.set?.value };
  }

  /** The writes as one change. */
  change(): KvChange {
    const sets: KvSet[] = [];
    const deletes: KvKey[] = [];
    for (const { key, set } of this.#operations.values()) {
      if (set) sets.push(set);
      else deletes.push(key);
    }
    return { sets, deletes };
  }

  #put(operation: Operation, bytes: number): this {
    const name = JSON.stringify(operation.key);
    this.#operations.set(name, operation);
    const ofKey = mostKeyBytes(operation.key, name);
    this.#keyBytes += ofKey;
    this.#bytes += ofKey + bytes;
    return this;
  }
}

/** What a key takes at most, by its JSON; cheaper than to encode it. */
function mostKeyBytes(key: KvKey, name: string): number {
  const perUnit = /^[ -~]*$/.test(name) ? 1 : MOST_BYTES_OF_A_UNIT;
  const numbers = key.filter((part) => typeof part === "number").length;
  return name.length * perUnit + numbers * NUMBER_BYTES;
}

/** What a value takes at most as JSON; cheaper than to write it down. */
function mostBytes(value: unknown): number {
  // Base64, names and ids are ASCII; a message that is not is short.
  if (typeof value === "string") return value.length + 64;
  if (typeof value !== "object" || value === null) return 32;
  let sum = 2;
  for (const [name, member] of Object.entries(value)) {
    sum += name.length + 4 + mostBytes(member);
  }
  return sum;
}
