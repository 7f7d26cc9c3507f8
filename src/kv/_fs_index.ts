import { SortedMap } from "./_sorted_map.ts";
import type { EncodedRecord } from "./_fs_record.ts";

/** Where the record of a key is. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  /** The transaction that wrote it, which is its version. */
  readonly tx: number;
}

interface ExpiringPlace extends Place {
  readonly expiresAt: number;
}

/** The live keys of a log: offsets and versions in memory, values on disk. */
export class LogIndex {
  readonly places: SortedMap<Place> = new SortedMap();
  #liveBytes = 0;

  /** Bytes of all records that are live. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** The place of a key that is there and has not expired. */
  live(encoded: string, now: number): Place | undefined {
    const place = this.places.get(encoded);
    if (place === undefined || !hasExpired(place, now)) return place;
    this.remove(encoded);
    return undefined;
  }

  /** Records what a record at `offset` says; `expiresAt` is `Infinity` for an entry that stays. */
  apply(
    record: EncodedRecord,
    at: { readonly offset: number; readonly tx: number },
  ): void {
    if (record.deleted) return this.remove(record.encoded);
    const { encoded, length, expiresAt } = record;
    const { offset, tx } = at;
    // Most entries stay, and one field more would cost eight bytes for each.
    const place: Place | ExpiringPlace = expiresAt === Infinity
      ? { offset, length, tx }
      : { offset, length, tx, expiresAt };
    const previous = this.places.set(encoded, place);
    this.#liveBytes += length - (previous?.length ?? 0);
  }

  /** Records a deletion. */
  remove(encoded: string): void {
    this.#liveBytes -= this.places.delete(encoded)?.length ?? 0;
  }
}

/** Milliseconds since 1970 when an entry expires. */
export function expiresAt(place: Place): number {
  return "expiresAt" in place ? (place as ExpiringPlace).expiresAt : Infinity;
}

function hasExpired(place: Place, now: number): boolean {
  return "expiresAt" in place && expiresAt(place) <= now;
}
