/** Lets two items with the same key, in two lanes, go one after the other. */
export class Turns {
  readonly #inHand = new Map<string, Promise<void>>();

  /** Does the work when no other one with the key is under way. */
  async take(key: string, work: () => Promise<void>): Promise<void> {
    while (this.#inHand.has(key)) await this.#inHand.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#inHand.set(key, promise);
    try {
      await work();
    } finally {
      this.#inHand.delete(key);
      resolve();
    }
  }
}
