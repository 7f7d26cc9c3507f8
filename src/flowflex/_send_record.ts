import { KvError } from "../errors.ts";
import type { KvKey, KvStore } from "../kv/kv.ts";
import type { Asset } from "./_uploads.ts";

/** How far a kept send with files is. */
export interface SendState {
  /** When it was begun, in milliseconds since 1970. */
  readonly at: number;
  /** Whether the platform has taken the event. */
  readonly isDone: boolean;
  /** What was uploaded, by the index of the file. */
  readonly assets: readonly (Asset | null)[];
}

/** The state of a send in the store. It is written by one consumer at a time. */
export class SendRecord {
  readonly #kv: KvStore;
  readonly #key: KvKey;
  #version: string;
  #state: SendState;
  #last: Promise<void> = Promise.resolve();

  private constructor(
    kv: KvStore,
    entry: { key: KvKey; version: string; value: SendState },
  ) {
    this.#kv = kv;
    this.#key = entry.key;
    this.#version = entry.version;
    this.#state = entry.value;
  }

  /** Reads it; `undefined` when there is none. */
  static async read(
    kv: KvStore,
    key: KvKey,
  ): Promise<SendRecord | undefined> {
    const entry = await kv.get<SendState>(key);
    return entry && new SendRecord(kv, entry);
  }

  /** The state that is in the store. */
  get state(): SendState {
    return this.#state;
  }

  /**
   * Changes it, one change after the other. Resolves once that is durable.
   *
   * @throws {KvError} when another consumer has changed it.
   */
  update(change: (state: SendState) => SendState): Promise<void> {
    const next = this.#last.then(() => this.#write(change(this.#state)));
    this.#last = next.catch(() => undefined); // each caller gets its own failure
    return next;
  }

  async #write(value: SendState): Promise<void> {
    const result = await this.#kv.commit({
      checks: [{ key: this.#key, version: this.#version }],
      sets: [{ key: this.#key, value }],
    });
    if (!result.ok) {
      throw new KvError(
        "Cannot go on with the send: another consumer has taken it over",
        { retryable: true },
      );
    }
    this.#version = result.version;
    this.#state = value;
  }
}
