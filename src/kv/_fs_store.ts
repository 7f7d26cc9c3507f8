import { fileState } from "../_internal/host.ts";
import { KvError } from "../errors.ts";
import {
  checksHold,
  type Mutation,
  prepareChange,
  type PreparedChange,
} from "./_change.ts";
import { WriteBuffer } from "./_fs_buffer.ts";
import { type Compacted, writeCompacted } from "./_fs_compact.ts";
import {
  discardNewLog,
  type LogFolder,
  renameNewLog,
  reopenLog,
} from "./_fs_folder.ts";
import type { LogIndex, Place } from "./_fs_index.ts";
import type { FolderLock } from "./_fs_lock.ts";
import { CommitLog } from "./_fs_log.ts";
import { encodeCommit, readRecord } from "./_fs_record.ts";
import type { FsKvRecovery, OpenLog } from "./_fs_recover.ts";
import type { FsKvStore } from "./_fs_types.ts";
import { encodeKey } from "./_key_codec.ts";
import { LOCAL_LIMITS } from "./_limits.ts";
import { LogReader } from "./_fs_reader.ts";
import { nextEntry, prepareWalk, type Walk } from "./_walk.ts";
import type {
  KvChange,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
} from "./kv.ts";

/** The options of a store, complete and checked. */
export interface FsSettings {
  readonly durability: "interval" | "commit";
  readonly syncIntervalMs: number;
  readonly compactAtBytes: number;
  readonly now: () => number;
}

/** What a store is made of; it closes the log and releases the lock. */
export interface FsParts {
  readonly folder: LogFolder;
  readonly lock: FolderLock;
  readonly opened: OpenLog;
  readonly settings: FsSettings;
}

interface Waiting {
  readonly prepared: PreparedChange;
  resolve(result: KvCommitResult): void;
  reject(error: unknown): void;
}

/** A store over an open log. Whatever decides or changes something runs without an `await` in between. */
export class FsStore implements FsKvStore {
  readonly limits: KvLimits = LOCAL_LIMITS;
  readonly exclusive = true;
  readonly recovered: FsKvRecovery | undefined;
  readonly #folder: LogFolder;
  readonly #lock: FolderLock;
  readonly #settings: FsSettings;
  readonly #log: CommitLog;
  readonly #buffer = new WriteBuffer();
  #index: LogIndex;
  #tx: number;
  #compactAt: number;
  #compaction: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #closing: Promise<void> | undefined;

  constructor({ folder, lock, opened, settings }: FsParts) {
    this.recovered = opened.recovered;
    this.#folder = folder;
    this.#lock = lock;
    this.#settings = settings;
    this.#log = new CommitLog(opened.file, opened.scan.end);
    this.#index = opened.scan.index;
    this.#tx = opened.scan.tx;
    this.#compactAt = settings.compactAtBytes;
  }

  // deno-lint-ignore require-await -- async, so that a refusal is a rejection
  async get<T>(key: KvKey): Promise<KvEntry<T> | undefined> {
    this.#assertUsable("read");
    const place = this.#live(encodeKey(key));
    return place && this.#read<T>(place, new LogReader(this.#log.file));
  }

  list<T>(
    range: KvRange,
    options: KvListOptions = {},
  ): AsyncIterable<KvEntry<T>> {
    return this.#walk<T>(prepareWalk(range, options));
  }

  async commit(change: KvChange): Promise<KvCommitResult> {
    this.#assertUsable("commit");
    // Without a compaction to wait for, the bytes are in the log before the caller can touch them again.
    const prepared = prepareChange(change, this.limits, {
      borrow: this.#compaction === undefined,
    });
    const result = this.#compaction
      ? await this.#wait(prepared)
      : this.#apply(prepared);
    if (result.ok && !this.#isRelaxed(prepared)) await this.#log.flush();
    return result;
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing.catch(() => {}); // the first caller was told
    this.#closing = this.#end();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#walk<T>(walk: Walk): AsyncGenerator<KvEntry<T>, void, undefined> {
    let last: string | undefined;
    let reader = new LogReader(this.#log.file);
    for (let given = 0; given < walk.limit;) {
      this.#assertUsable("list");
      const found = nextEntry(this.#index.places, { walk, last });
      if (found === undefined) return;
      last = found.key;
      if (this.#live(last) === undefined) continue;
      const { file } = this.#log;
      if (reader.file !== file) reader = new LogReader(file);
      given++;
      yield this.#read<T>(found.value, reader);
    }
  }

  #live(encoded: string): Place | undefined {
    return this.#index.live(encoded, this.#settings.now());
  }

  #read<T>(place: Place, reader: LogReader): KvEntry<T> {
    const bytes = this.#bytesAt(place, reader);
    const record = readRecord({
      view: (offset, length) => bytes.subarray(offset, offset + length),
    }, 0);
    if (record === undefined) {
      throw new KvError(
        `Cannot read ${reader.file.path}: the record at byte ${place.offset} is damaged`,
      );
    }
    const { key, value } = record;
    return {
      key,
      value: (value instanceof Uint8Array ? value.slice() : value) as T,
      version: String(place.tx),
    };
  }

  #bytesAt({ offset, length }: Place, reader: LogReader): Uint8Array {
    try {
      return reader.view(offset, length);
    } catch (cause) {
      throw new KvError(
        `Cannot read ${reader.file.path}: ${fileState(cause)}`,
        { cause },
      );
    }
  }

  #isRelaxed({ relaxed }: PreparedChange): boolean {
    return relaxed && this.#settings.durability === "interval";
  }

  #apply(prepared: PreparedChange): KvCommitResult {
    const { checks, mutations } = prepared;
    const holds = checksHold(checks, (encoded) => {
      const place = this.#live(encoded);
      return place ? String(place.tx) : null;
    });
    if (!holds) return { ok: false };
    if (mutations.length > 0) this.#write(mutations);
    if (this.#isRelaxed(prepared)) {
      this.#log.flushWithin(this.#settings.syncIntervalMs);
    }
    return { ok: true, version: String(this.#tx) };
  }

  #write(mutations: readonly Mutation[]): void {
    const tx = this.#tx + 1;
    const now = this.#settings.now();
    const buffer = this.#buffer;
    const records = encodeCommit(mutations, { tx, now, buffer });
    let offset = this.#log.append(buffer.bytes);
    // The number of a commit that was not written is used again, so that a torn commit is known by it.
    this.#tx = tx;
    for (const record of records) {
      this.#index.apply(record, { offset, tx });
      offset += record.length;
    }
    this.#compactIfDue();
  }

  /** Commits that arrive during a compaction are applied in their order when it has ended. */
  #wait(prepared: PreparedChange): Promise<KvCommitResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ prepared, resolve, reject });
    });
  }

  #resume(): void {
    for (const { prepared, resolve, reject } of this.#waiting.splice(0)) {
      try {
        this.#log.assertUsable("commit");
        resolve(this.#apply(prepared));
      } catch (error) {
        reject(error);
      }
    }
  }

  #compactIfDue(): void {
    const dead = this.#log.length - this.#index.liveBytes;
    const isDue = dead >= this.#compactAt && dead > this.#log.length / 2;
    if (isDue && !this.#compaction) this.#compaction = this.#compact(dead);
  }

  async #compact(dead: number): Promise<void> {
    try {
      // After a sync that failed, what is read back may not be what was written: of that no copy is made.
      await this.#log.flush();
      await this.#replaceLog();
      this.#compactAt = this.#settings.compactAtBytes;
    } catch {
      // The log is as it was, or failed and says so at the next call; it only grows until a later try succeeds.
      this.#compactAt = dead + this.#settings.compactAtBytes;
    }
    this.#compaction = undefined;
    this.#resume();
  }

  async #replaceLog(): Promise<void> {
    const { index, length } = await this.#writeNewLog();
    try {
      this.#log.replace(await reopenLog(this.#folder), length);
    } catch (cause) {
      // Which of the two logs a power cut would leave is unknown.
      throw this.#log.fail("Cannot compact: the new log is not usable", cause);
    }
    this.#index = index;
  }

  async #writeNewLog(): Promise<Compacted> {
    try {
      const compacted = await writeCompacted(this.#folder, {
        file: this.#log.file,
        length: this.#log.length,
        index: this.#index,
        tx: this.#tx,
        now: this.#settings.now(),
      });
      renameNewLog(this.#folder);
      return compacted;
    } catch (error) {
      discardNewLog(this.#folder);
      throw error;
    }
  }

  async #end(): Promise<void> {
    try {
      while (this.#compaction) await this.#compaction;
      await this.#log.close();
    } finally {
      this.#lock.release();
    }
  }

  #assertUsable(what: string): void {
    if (this.#closing) {
      throw new KvError(`Cannot ${what}: the store is closed`);
    }
    this.#log.assertUsable(what);
  }
}
