import { exponentialMs, jitter, type Random } from "../_internal/backoff.ts";
import { systemClock } from "../_internal/clock.ts";
import { failureOf, isConflict, NotAnswered } from "./_postgres_failure.ts";
import type { PostgresQueryLike, PostgresSqlLike } from "./postgres.ts";

/** How long a call may take, and how one that others were in the way of is tried again. */
export interface CallSettings {
  readonly timeoutMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: Random;
}

const MOST_TRIES = 10;
const WAITS = { first: 5, most: 200 };
// For the answer to a cancellation.
const GRACE_MS = 5_000;

/** Calls that give the answer or a `KvError`. */
export class PostgresCalls {
  readonly #sql: PostgresSqlLike;
  readonly #settings: CallSettings;

  constructor(sql: PostgresSqlLike, settings: CallSettings) {
    this.#sql = sql;
    this.#settings = settings;
  }

  /** Runs one statement, again when the server has undone it for the sake of another transaction. */
  async run(
    what: string,
    call: { text: string; values: string[] },
  ): Promise<unknown> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#once(call);
      } catch (error) {
        if (!isConflict(error) || attempt === MOST_TRIES) {
          throw failureOf(what, error);
        }
      }
      const { sleep, random } = this.#settings;
      await sleep(jitter(exponentialMs(attempt, WAITS), random));
    }
  }

  /** Runs several statements in one transaction. */
  async runScript(what: string, text: string): Promise<void> {
    try {
      await answerOf(this.#sql.unsafe(text), this.#settings.timeoutMs);
    } catch (error) {
      throw failureOf(what, error);
    }
  }

  async #once(
    { text, values }: { text: string; values: string[] },
  ): Promise<unknown> {
    // A copy, as some clients change it.
    const query = this.#sql.unsafe(text, values.slice(), { prepare: true });
    return await answerOf(query, this.#settings.timeoutMs);
  }
}

async function answerOf(
  query: PostgresQueryLike,
  timeoutMs: number,
): Promise<unknown> {
  const answer = Promise.resolve(query);
  if (timeoutMs === Infinity) return await answer;
  if (await comesWithin(answer, timeoutMs)) return await answer;
  // Then the server says what became of it, which is better than not to know.
  Promise.resolve(query.cancel?.()).catch(() => {});
  if (await comesWithin(answer, Math.min(timeoutMs, GRACE_MS))) {
    return await answer;
  }
  query.drop?.();
  throw new NotAnswered();
}

/** Whether the promise settles in that time. */
async function comesWithin(
  answer: Promise<unknown>,
  ms: number,
): Promise<boolean> {
  const settled = new AbortController();
  const timer = systemClock.sleep(ms, settled.signal);
  // Without a reason of its own, an error with its stack would be made for each call.
  const stop = (): void => settled.abort("settled");
  answer.then(stop, stop);
  return await timer.then(() => false, () => true);
}
