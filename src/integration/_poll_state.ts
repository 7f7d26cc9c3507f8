import type { Clock } from "../_internal/clock.ts";
import { decodeUtf8, encodeUtf8, toHex } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";
import type { KvEntry, KvKey, KvStore } from "../kv/kv.ts";
import type { Spool } from "../spool/mod.ts";
import { KnownKeys } from "./_known_keys.ts";
import type { PollRecord } from "./handlers.ts";
import type { PollItem } from "./poll.ts";

interface PolledAt {
  /** When the last poll began, in milliseconds since 1970. */
  readonly beganAt: number;
  /** When the one before it began; `null` when there was none. */
  readonly since: number | null;
}

/** What a poll is kept with. */
export interface PollStateOptions {
  readonly kv: KvStore;
  readonly clock: Clock;
  readonly prefix: KvKey;
  readonly everyMs: number;
  /** How long it is known that a record is in the spool, or was. */
  readonly rememberMs: number;
}

// A store has to take it as part of a key.
const LONGEST_KEY = 200;

/** When a trigger was polled, and the way of its records into the spool. */
export class PollState {
  readonly #kv: KvStore;
  readonly #clock: Clock;
  readonly #key: KvKey;
  readonly #everyMs: number;
  readonly #known: KnownKeys;

  /** Creates it; nothing is read. */
  constructor(options: PollStateOptions) {
    const { kv, clock, prefix, everyMs, rememberMs: forMs } = options;
    this.#kv = kv;
    this.#clock = clock;
    this.#key = [...prefix, "polled"];
    this.#everyMs = everyMs;
    this.#known = new KnownKeys({ kv, clock, prefix, forMs });
  }

  /** Is told of every record that this run found in the spool. */
  met(key: string): void {
    this.#known.met(key);
  }

  /** When the next poll is due, in milliseconds since 1970. */
  async nextPollAt(): Promise<number> {
    const last = await this.#read();
    return this.#dueAt(last?.value, this.#clock.now());
  }

  /** Whether it is due now. */
  async isDue(): Promise<boolean> {
    const last = await this.#read();
    const now = this.#clock.now();
    return this.#dueAt(last?.value, now) <= now;
  }

  /** Polls and stores what was found; `false` when that was nothing. */
  async poll(
    spool: Spool<PollItem>,
    trigger: (lastPollTs: string | null) => Promise<readonly PollRecord[]>,
  ): Promise<boolean> {
    const last = await this.#read();
    const beganAt = this.#clock.now();
    const since = lastBefore(beganAt, last?.value);
    const records = await trigger(
      since === null ? null : new Date(since).toISOString(),
    );
    const found = await Promise.all(records.map(itemOf));
    const items = await this.#known.without(found);
    if (items.length > 0) {
      await spool.append(encodeUtf8(JSON.stringify(items)), {
        items: items.length,
      });
    }
    // Dying here only means that the same records are found again, and known because the next run meets them first.
    await this.#known.add(found);
    // When the check does not hold, another run has polled meanwhile, and its time stands.
    await this.#kv.commit({
      checks: [{ key: this.#key, version: last?.version ?? null }],
      sets: [{ key: this.#key, value: { beganAt, since } satisfies PolledAt }],
    });
    return items.length > 0;
  }

  // A clock that was wrong and is right again must not hold back polls until the wrong time has come.
  #dueAt(last: PolledAt | undefined, now: number): number {
    if (!last || last.beganAt > now) return now;
    return last.beganAt + this.#everyMs;
  }

  #read(): Promise<KvEntry<PolledAt> | undefined> {
    return this.#kv.get<PolledAt>(this.#key);
  }
}

/** The items of a stored poll. */
export function decodeItems(body: Uint8Array): readonly PollItem[] {
  return JSON.parse(decodeUtf8(body)) as PollItem[];
}

// A time that has not come was told by a wrong clock: whatever is new since then would be missed.
function lastBefore(now: number, last: PolledAt | undefined): number | null {
  const times = [last?.beganAt ?? null, last?.since ?? null];
  return times.find((time) => time !== null && time <= now) ?? null;
}

async function itemOf(record: PollRecord): Promise<PollItem> {
  const { id } = record;
  if (id === null || id === undefined) return { key: null, record };
  const text = JSON.stringify(id);
  const key = text.length <= LONGEST_KEY ? text : await digestOf(text);
  return { key, record };
}

async function digestOf(text: string): Promise<string> {
  return `sha256:${toHex(await sha256(encodeUtf8(text)))}`;
}
