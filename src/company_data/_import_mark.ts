import { KvError } from "../errors.ts";
import type { KvKey, KvStore } from "../kv/kv.ts";

/**
 * Says in the store that an import was begun and has not ended. While it is there, nothing may be fetched into the
 * feed: what is still to be imported is older, and must come first.
 */
export class ImportMark {
  readonly #kv: KvStore;
  readonly #key: KvKey;

  constructor(kv: KvStore, prefix: KvKey) {
    this.#kv = kv;
    this.#key = [...prefix, "import"];
  }

  /** Whether an import was begun and has not ended. */
  async isSet(): Promise<boolean> {
    return await this.#kv.get(this.#key) !== undefined;
  }

  /** Refuses to fetch while an import has not ended. */
  async refuseFetch(): Promise<void> {
    const mark = await this.#kv.get<string>(this.#key);
    if (mark === undefined) return;
    throw new KvError(
      `Cannot fetch changes: the import of ${mark.value} has not ended and is older, call importCacheDir again`,
    );
  }

  /** Sets the mark, also over that of an import that did not end; resolves to its version once it is durable. */
  async set(dir: string): Promise<string> {
    const result = await this.#kv.commit({
      sets: [{ key: this.#key, value: dir }],
    });
    if (result.ok) return result.version;
    throw new KvError(
      "Cannot import: the store refused a change without a check",
    );
  }

  /** Removes the mark of that version. */
  async clear(version: string): Promise<void> {
    const { ok } = await this.#kv.commit({
      checks: [{ key: this.#key, version }],
      deletes: [this.#key],
    });
    if (ok) return;
    throw new KvError(
      "Cannot end the import: another one has begun meanwhile",
      { retryable: true },
    );
  }
}
