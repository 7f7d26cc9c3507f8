/** A key: its parts compare one by one, strings before numbers, strings by their UTF-8 bytes, numbers by value. */
export type KvKey = readonly (string | number)[];

/** A stored value with the version that a later commit can check. */
export interface KvEntry<T> {
  /** Where it is stored. */
  readonly key: KvKey;
  /** Structured JSON or a `Uint8Array`. */
  readonly value: T;
  /** Changes with every write of the key; a key that was deleted and written again has a new one. */
  readonly version: string;
}

/** A condition of a commit: the key's version at that moment; `null` when it must not exist. */
export interface KvCheck {
  /** The key that is looked at. */
  readonly key: KvKey;
  /** The version it must have, or `null` when it must not exist. */
  readonly version: string | null;
}

/** A value to be stored. */
export interface KvSet {
  /** Where to store it. */
  readonly key: KvKey;
  /** Structured JSON or a `Uint8Array`. */
  readonly value: unknown;
  /** Milliseconds after which the entry may be swept; readers must check a deadline of their own. */
  readonly expireInMs?: number;
}

/** What one commit does, all or nothing. The same key at most once in `sets` and `deletes` together. */
export interface KvChange {
  /** Conditions that must all hold. */
  readonly checks?: readonly KvCheck[];
  /** Values to store. */
  readonly sets?: readonly KvSet[];
  /** Keys to delete; deleting an absent key is no error. */
  readonly deletes?: readonly KvKey[];
  /**
   * `true` when losing this commit in a power cut does no harm (an acknowledgement: the event is delivered again).
   * The store may then resolve before the disk has confirmed, but not before the write survives the end of the
   * process, and never out of order with other commits.
   *
   * @default {false}
   */
  readonly relaxed?: boolean;
}

/** The outcome of a commit: `ok: false` only means that a check did not hold. */
export type KvCommitResult = { readonly ok: true; readonly version: string } | {
  readonly ok: false;
};

/** The part of the key space that {@linkcode KvStore.list} walks. */
export interface KvRange {
  /** Only keys that begin with these parts and have at least one more. */
  readonly prefix: KvKey;
  /** First key, inclusive; begins with the prefix. */
  readonly start?: KvKey;
  /** End of the walk, exclusive; begins with the prefix. */
  readonly end?: KvKey;
}

/** How {@linkcode KvStore.list} walks. */
export interface KvListOptions {
  /** Most entries to give; no limit by default. */
  readonly limit?: number;
  /** From the last key to the first. Default is `false`. */
  readonly reverse?: boolean;
}

/** What a store can take at once; callers split by it. */
export interface KvLimits {
  /** Bytes of one value as {@linkcode valueBytes} counts them. */
  readonly maxValueBytes: number;
  /** Bytes of all values and keys of one commit. */
  readonly maxCommitBytes: number;
  /** `sets` and `deletes` of one commit. */
  readonly maxMutations: number;
  /** `checks` of one commit. */
  readonly maxChecks: number;
}

/**
 * The storage port: an ordered key-value store with atomic, conditional commits.
 *
 * A commit happens whole or not at all, and once it has resolved it is durable; each backend says against what. Absent
 * is `undefined`. Whatever is neither success nor a failed check is thrown as a `KvError` with its `cause`.
 */
export interface KvStore {
  /** What the store can take at once. */
  readonly limits: KvLimits;
  /**
   * `true` when nobody else can have the store open, so that whatever an earlier opening left behind (a lease of a
   * process that was killed) belongs to nobody. Default is `false`.
   */
  readonly exclusive?: boolean;
  /** Reads one key. */
  get<T>(key: KvKey): Promise<KvEntry<T> | undefined>;
  /** Walks keys in order. Not a snapshot: what is committed ahead of the walk may be given. */
  list<T>(range: KvRange, options?: KvListOptions): AsyncIterable<KvEntry<T>>;
  /** Applies a change, all or nothing. */
  commit(change: KvChange): Promise<KvCommitResult>;
  /** Releases the store; every later call is refused with a `KvError`. Closing twice is no error. */
  close(): Promise<void>;
}
