import type { Clock } from "../_internal/clock.ts";
import { decodeUtf8, encodeUtf8, toHex } from "../_internal/bytes.ts";
import type { KvEntry, KvKey, KvStore } from "../kv/kv.ts";
import type { Spool } from "../spool/mod.ts";
import type { PollRecord } from "./handlers.ts";
import type { PollItem } from "./poll.ts";

interface PolledAt {
  /** When the last poll began, in milliseconds since 1970. */
  readonly beganAt: number;
}

/** What a poll is kept with. */
export interface PollStateOptions {
  readonly kv: KvStore;
  readonly clock: Clock;
  readonly prefix: KvKey;
  readonly everyMs: number;
}

// A store has to take it as part of a key.
const LONGEST_KEY = 200;

/** When a trigger was polled, and the way of its records into the spool. */
export class PollState {
  readonly #kv: KvStore;
  readonly #clock: Clock;
  readonly #key: KvKey;
  readonly #everyMs: number;

  /** Creates it; nothing is read. */
  constructor({ kv, clock, prefix, everyMs }: PollStateOptions) {
    this.#kv = kv;
    this.#clock = clock;
    this.#key = [...prefix, "polled"];
    this.#everyMs = everyMs;
  }

  /** When the next poll is due, in milliseconds since 1970. */
  async nextPollAt(): Promise<number> {
    const last = await this.#read();
    return last ? last.value.beganAt + this.#everyMs : this.#clock.now();
  }

  /** Whether it is due now. */
  async isDue(): Promise<boolean> {
    const last = await this.#read();
    return !last || this.#clock.now() >= last.value.beganAt + this.#everyMs;
  }

  /** Polls and stores what was found; `false` when that was nothing. */
  async poll(
    spool: Spool<PollItem>,
    trigger: (lastPollTs: string | null) => Promise<readonly PollRecord[]>,
  ): Promise<boolean> {
    const last = await this.#read();
    const beganAt = this.#clock.now();
    const lastPollTs = last && new Date(last.value.beganAt).toISOString();
    const records = await trigger(lastPollTs ?? null);
    const items = await newItems(spool, records);
    if (items.length > 0) {
      await spool.append(encodeUtf8(JSON.stringify(items)), {
        items: items.length,
      });
    }
    // Dying here only means that the same records are found again and known by their ids. When the check does not
    // hold, another run has polled meanwhile, and its time stands.
    await this.#kv.commit({
      checks: [{ key: this.#key, version: last?.version ?? null }],
      sets: [{ key: this.#key, value: { beganAt } satisfies PolledAt }],
    });
    return items.length > 0;
  }

  #read(): Promise<KvEntry<PolledAt> | undefined> {
    return this.#kv.get<PolledAt>(this.#key);
  }
}

/** The items of a stored poll. */
export function decodeItems(body: Uint8Array): readonly PollItem[] {
  return JSON.parse(decodeUtf8(body)) as PollItem[];
}

// What failed for good is in the dead letters; the service may go on listing it for weeks.
async function newItems(
  spool: Spool<PollItem>,
  records: readonly PollRecord[],
): Promise<PollItem[]> {
  const items = await Promise.all(records.map(itemOf));
  const seen = new Set<string | null>();
  if (items.length > 0) {
    for await (const { value } of spool.deadLetters()) seen.add(value.key);
  }
  return items.filter(({ key }) => {
    const isNew = key === null || !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

async function itemOf(record: PollRecord): Promise<PollItem> {
  const { id } = record;
  if (id === null || id === undefined) return { key: null, record };
  const text = JSON.stringify(id);
  const key = text.length <= LONGEST_KEY ? text : await digestOf(text);
  return { key, record };
}

async function digestOf(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", encodeUtf8(text));
  return `sha256:${toHex(new Uint8Array(bytes))}`;
}
