import type { KvCheck, KvKey, KvSet } from "../kv/kv.ts";
import type { SenderParts } from "./_sender_parts.ts";

type LaneStore = Pick<SenderParts, "kv" | "keys" | "now">;

// Long enough for any clock that is behind to have caught up.
const KEEP_ORDER_MS = 7 * 86_400_000;

/** How far the lanes of one commit have come. */
export class Lanes {
  /** That nobody else has gone on in one of them. */
  readonly checks: KvCheck[] = [];
  readonly #sender: LaneStore;
  readonly #last = new Map<string, number>();

  private constructor(sender: LaneStore) {
    this.#sender = sender;
  }

  /** Reads them; `null` is no lane. */
  static async read(
    sender: LaneStore,
    names: Iterable<string | null>,
  ): Promise<Lanes> {
    const lanes = new Lanes(sender);
    for (const lane of new Set(names)) {
      if (lane === null) continue;
      const key = lanes.#key(lane);
      const entry = await sender.kv.get<number>(key);
      lanes.checks.push({ key, version: entry?.version ?? null });
      lanes.#last.set(lane, entry?.value ?? 0);
    }
    return lanes;
  }

  /** The time under which the next event of a lane lies: later than that of any before it, whatever the clocks say. */
  next(lane: string | null): number {
    const now = this.#sender.now();
    if (lane === null) return now;
    const at = Math.max(now, (this.#last.get(lane) ?? 0) + 1);
    this.#last.set(lane, at);
    return at;
  }

  /** How far they have come now. */
  sets(): KvSet[] {
    return [...this.#last].map(([lane, value]) => ({
      key: this.#key(lane),
      value,
      expireInMs: KEEP_ORDER_MS,
    }));
  }

  #key(lane: string): KvKey {
    return [...this.#sender.keys.order, lane];
  }
}
