import type { RequestField } from "./models.ts";

/** How long no unknown slug causes another fetch after one that did not know it either. */
const FRUITLESS_FOR_MS = 60_000;

/**
 * The field types by slug. Fetched when first needed, by all callers together, and once more when a slug is not in
 * it: the company may have added the field since. A feed full of unknown slugs causes one fetch a minute at most.
 */
export class Catalog {
  readonly #fetch: () => Promise<readonly RequestField[]>;
  readonly #now: () => number;
  #types: ReadonlyMap<string, string> | undefined;
  #loading: Promise<void> | undefined;
  #fruitlessAt = -Infinity;

  constructor(
    fetch: () => Promise<readonly RequestField[]>,
    now: () => number,
  ) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** The type of a field; `undefined` for one that is not in the catalog. */
  typeOf(slug: string): string | undefined {
    return this.#types?.get(slug);
  }

  /** Whether {@linkcode typeOf} can answer for these slugs without a fetch. */
  isReadyFor(slugs: readonly string[]): boolean {
    if (!this.#types) return false;
    return this.#now() - this.#fruitlessAt < FRUITLESS_FOR_MS ||
      this.#hasAll(slugs);
  }

  /** Fetches what is needed so that {@linkcode typeOf} can answer for these slugs. */
  async prepare(slugs: readonly string[]): Promise<void> {
    if (!this.#types) await this.#load();
    if (this.isReadyFor(slugs)) return;
    await this.#load();
    if (!this.#hasAll(slugs)) this.#fruitlessAt = this.#now();
  }

  /** Takes over a catalog that was fetched. */
  replace(fields: readonly RequestField[]): void {
    this.#types = new Map(
      fields.flatMap(({ slug, type }) => slug && type ? [[slug, type]] : []),
    );
  }

  #hasAll(slugs: readonly string[]): boolean {
    return slugs.every((slug) => this.#types?.has(slug));
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch()
      .then((fields) => this.replace(fields))
      .finally(() => this.#loading = undefined);
    return this.#loading;
  }
}
