import timers from "node:timers";
import { LONGEST_TIMER_MS } from "../_internal/clock.ts";
import { KvError } from "../errors.ts";
import type { LogFile } from "./_fs_file.ts";

/**
 * The end of a log where commits are written: appends at once, syncs for all together.
 *
 * After a failure that leaves the state of the disk unknown it is failed for good: only opening again, which reads what
 * is really there, is a way on.
 */
export class CommitLog {
  #file: LogFile;
  #length: number;
  // Bytes ever appended, and how far a sync that has ended or is under way reaches.
  #appended = 0;
  #synced = 0;
  #syncing = 0;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #timer: ReturnType<(typeof timers)["setTimeout"]> | undefined;
  #failure: KvError | undefined;

  constructor(file: LogFile, length: number) {
    this.#file = file;
    this.#length = length;
  }

  /** The file as it is now; a compaction replaces it. */
  get file(): LogFile {
    return this.#file;
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#length;
  }

  /** Refuses any use after a failure. */
  assertUsable(what: string): void {
    if (this.#failure === undefined) return;
    throw new KvError(
      `Cannot ${what}: the store on ${this.#file.path} has failed, open it again`,
      { cause: this.#failure },
    );
  }

  /** Writes whole records; the offset of the first. When it throws, nothing of them is visible. */
  append(bytes: Uint8Array): number {
    const offset = this.#length;
    try {
      this.#file.append(bytes);
    } catch (cause) {
      throw this.#undo(cause);
    }
    this.#length += bytes.length;
    this.#appended += bytes.length;
    return offset;
  }

  /** Resolves when everything appended so far is on the disk. Calls share a sync that has not begun yet. */
  flush(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#synced === this.#appended) return Promise.resolve();
    if (this.#running && this.#syncing === this.#appended) {
      return this.#running;
    }
    this.#queued ??= this.#after(this.#running);
    return this.#queued;
  }

  /** Flushes within the given time; a failure shows at the next call. */
  flushWithin(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = timers.setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch(() => {}); // kept in #failure, which every later call meets
    }, Math.min(ms, LONGEST_TIMER_MS));
    this.#timer.unref(); // a process may end before: what was written survives that
  }

  /** Goes on in another file, all of which is on the disk. */
  replace(file: LogFile, length: number): void {
    this.#file.close();
    this.#file = file;
    this.#length = length;
  }

  /** Makes every later call fail. */
  fail(message: string, cause: unknown): KvError {
    this.#failure = new KvError(message, { cause, outcomeUnknown: true });
    return this.#failure;
  }

  /** Flushes and closes the file; closes it even when the flush fails. */
  async close(): Promise<void> {
    timers.clearTimeout(this.#timer);
    try {
      await this.flush();
    } finally {
      this.#file.close();
    }
  }

  async #after(running: Promise<void> | undefined): Promise<void> {
    await running;
    this.#queued = undefined;
    this.#running = this.#sync();
    await this.#running;
  }

  async #sync(): Promise<void> {
    this.#syncing = this.#appended;
    const reaches = this.#syncing;
    try {
      await this.#file.sync();
    } catch (cause) {
      // The system may have dropped the pages that it could not write: a second sync would succeed and mean nothing.
      throw this.fail(
        `Cannot commit: ${this.#file.path} was not confirmed by the disk`,
        cause,
      );
    }
    this.#synced = reaches;
    this.#running = undefined;
  }

  #undo(cause: unknown): KvError {
    const reason = isDiskFull(cause) ? "the disk is full" : "the write failed";
    try {
      this.#file.truncate(this.#length);
    } catch (truncation) {
      return this.fail(
        `Cannot commit: ${reason} and ${this.#file.path} cannot be cut back`,
        new AggregateError([cause, truncation]),
      );
    }
    return new KvError(
      `Cannot commit to ${this.#file.path}: ${reason}, nothing was written`,
      { cause, retryable: true },
    );
  }
}

/** Whether a write failed for want of space: in the largest size of a file, on the disk, or in a quota. */
function isDiskFull(error: unknown): boolean {
  // EFBIG, ENOSPC and EDQUOT; the host gives a code to the second one only.
  return error instanceof Error &&
    /\(os error (27|28|122)\)/.test(error.message);
}
