import { KvError } from "../errors.ts";

interface Openings {
  count: number;
  exclusive: boolean;
}

const openings = new WeakMap<object, Openings>();

/**
 * Counts a store among those that are open over a storage.
 *
 * @throws {KvError} If one of two would be exclusive.
 */
export function claim(
  storage: object,
  { exclusive }: { exclusive: boolean },
): void {
  const open = openings.get(storage) ?? { count: 0, exclusive };
  if (open.count > 0 && (exclusive || open.exclusive)) {
    throw new KvError(
      "Cannot open the store: this object has another one open, wanted none beside one that is exclusive",
    );
  }
  openings.set(storage, { count: open.count + 1, exclusive });
}

/** Takes back one {@linkcode claim}. */
export function release(storage: object): void {
  const open = openings.get(storage);
  if (open) open.count--;
}
