/** What actions, triggers and capabilities are looked up in: entries by name, in the order of their registration. */
export class NamedTable<E> {
  readonly #entries = new Map<string, E>();

  /** Everything that is registered. */
  get entries(): ReadonlyMap<string, E> {
    return this.#entries;
  }

  /** The entry of that name, if there is one. */
  get(name: string): E | undefined {
    return this.#entries.get(name);
  }

  /**
   * Registers all of them or, when `refuse` throws for one, none. One that is there already is replaced in its place.
   */
  add(
    entries: readonly (readonly [name: string, entry: E])[],
    refuse: (name: string, known: E | undefined) => void = () => {},
  ): void {
    for (const [name] of entries) refuse(name, this.#entries.get(name));
    for (const [name, entry] of entries) this.#entries.set(name, entry);
  }
}
