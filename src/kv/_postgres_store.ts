import { KvError } from "../errors.ts";
import { prepareChange } from "./_change.ts";
import { encodeKey } from "./_key_codec.ts";
import type { PostgresCalls } from "./_postgres_call.ts";
import { commitParameters } from "./_postgres_change.ts";
import { type ByteBounds, byteBounds, keyToBytes } from "./_postgres_key.ts";
import {
  bytesOf,
  entryOfRow,
  type PostgresRow,
  rowBytes,
  rowsOf,
} from "./_postgres_row.ts";
import { PAGE_BYTES, type PostgresStatements } from "./_postgres_sql.ts";
import { prepareWalk, type Walk } from "./_walk.ts";
import { toBase64 } from "../_internal/base64.ts";
import { concatBytes } from "../_internal/bytes.ts";
import type {
  KvChange,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
} from "./kv.ts";
import type { PostgresKv } from "./postgres.ts";

// A commit travels as base64 and is in the memory of the server three times.
const LIMITS: KvLimits = Object.freeze({
  maxValueBytes: 4_194_304,
  maxCommitBytes: 16_777_216,
  maxMutations: 1_000,
  maxChecks: 100,
});
const PAGE_ROWS = 256;
// Bytes are encoded before anybody else can run.
const BORROW = { borrow: true };
const ZERO = Uint8Array.of(0);

/** What a store is made of. */
export interface PostgresParts {
  readonly calls: PostgresCalls;
  readonly statements: PostgresStatements;
  readonly setupSql: string;
}

/** A store over a client of PostgreSQL. */
export class PostgresStore implements PostgresKv {
  readonly limits: KvLimits = LIMITS;
  readonly #calls: PostgresCalls;
  readonly #statements: PostgresStatements;
  readonly #setupSql: string;
  #closed = false;

  constructor({ calls, statements, setupSql }: PostgresParts) {
    this.#calls = calls;
    this.#statements = statements;
    this.#setupSql = setupSql;
  }

  async setup(): Promise<void> {
    this.#assertOpen("set up");
    await this.#calls.runScript("set up", this.#setupSql);
  }

  async get<T>(key: KvKey): Promise<KvEntry<T> | undefined> {
    this.#assertOpen("read");
    encodeKey(key);
    const bytes = keyToBytes(key);
    const [row] = await this.#rows("read", {
      text: this.#statements.get,
      values: [toBase64(bytes)],
    });
    return row && entryOfRow<T>({ ...row, key: bytes });
  }

  list<T>(
    range: KvRange,
    options: KvListOptions = {},
  ): AsyncIterable<KvEntry<T>> {
    return this.#walk<T>(prepareWalk(range, options), byteBounds(range));
  }

  async commit(change: KvChange): Promise<KvCommitResult> {
    this.#assertOpen("commit");
    const values = commitParameters(prepareChange(change, LIMITS, BORROW));
    if (values === undefined) return { ok: false };
    const { commit: text } = this.#statements;
    const [row] = await this.#rows("commit", { text, values });
    return resultOf(row);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  async *#walk<T>(
    { limit, reverse }: Walk,
    bounds: ByteBounds,
  ): AsyncGenerator<KvEntry<T>, void, undefined> {
    let left = bounds;
    for (let wanted = limit; wanted > 0;) {
      this.#assertOpen("list");
      const most = Math.min(wanted, PAGE_ROWS);
      const rows = await this.#page(left, { most, reverse });
      let bytes = 0;
      for (const row of rows) {
        this.#assertOpen("list");
        yield entryOfRow<T>(row);
        bytes += rowBytes(row);
        left = after(left, { key: bytesOf(row), reverse });
      }
      wanted -= rows.length;
      if (rows.length < most && bytes < PAGE_BYTES) return;
    }
  }

  #page(
    { lower, upper }: ByteBounds,
    { most, reverse }: { most: number; reverse: boolean },
  ): Promise<readonly PostgresRow[]> {
    const { forward, backward } = this.#statements;
    return this.#rows("list", {
      text: reverse ? backward : forward,
      values: [toBase64(lower), toBase64(upper), String(most)],
    });
  }

  async #rows(
    what: string,
    call: { text: string; values: string[] },
  ): Promise<readonly PostgresRow[]> {
    return rowsOf(await this.#calls.run(what, call));
  }

  #assertOpen(what: string): void {
    if (!this.#closed) return;
    throw new KvError(`Cannot ${what}: the store is closed`);
  }
}

function resultOf({ version }: PostgresRow = {}): KvCommitResult {
  if (typeof version === "string") return { ok: true, version };
  if (version === null) return { ok: false };
  throw new KvError(
    "Cannot commit: the client gave no row, wanted an array with one",
    { outcomeUnknown: true },
  );
}

/** What is left of a range behind a key. */
function after(
  bounds: ByteBounds,
  { key, reverse }: { key: Uint8Array; reverse: boolean },
): ByteBounds {
  // A key with a zero behind it is the very next one.
  return reverse
    ? { ...bounds, upper: new Uint8Array(key) }
    : { ...bounds, lower: concatBytes([key, ZERO]) };
}
