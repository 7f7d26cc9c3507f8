import { isObject, type JsonObject, member, text } from "../_internal/json.ts";
import { decryptEnvelope } from "../crypto/mod.ts";
import { isSluiceError } from "../errors.ts";
import type { Catalog } from "./_catalog.ts";
import type { Platform } from "./_platform.ts";
import { asMap } from "./_wire.ts";
import {
  type Change,
  type Connection,
  readChange,
  type ReadChangeOptions,
  readConnection,
} from "./models.ts";
import type { ValueContext } from "./values.ts";

/** How a change is read. */
export interface DecodeOptions extends ReadChangeOptions {
  /** Whether there is no second chance: a value whose type cannot be asked for stays text then. */
  readonly last?: boolean;
}

/** Turns rows into what users see: the catalog gives the types, the key opens the values. */
export class Decoder {
  readonly #catalog: Catalog;
  readonly #context: ValueContext;

  constructor(parts: {
    catalog: Catalog;
    platform: Platform;
    key: () => Promise<CryptoKey>;
    now: () => number;
  }) {
    const { catalog, platform, key, now } = parts;
    this.#catalog = catalog;
    this.#context = {
      decrypt: async (wrapper) => await decryptEnvelope(wrapper, await key()),
      fetchFile: (url, signal) => platform.file(url, signal),
      typeOf: (slug) => catalog.typeOf(slug),
      now,
    };
  }

  /** Fetches the catalog unless it is there. */
  async ready(): Promise<void> {
    await this.#know([]);
  }

  /** Reads a change; the catalog is asked only about a change that carries a value. */
  change(row: JsonObject, options: DecodeOptions = {}): Promise<Change> {
    const slug = text(row, "slug");
    const valued = slug !== null &&
      (isPresent(row, "value") || isPresent(row, "value_url"));
    const read = (): Promise<Change> => readChange(row, this.#context, options);
    return valued
      ? this.#know([slug]).catch(unlessLast(options)).then(read)
      : read();
  }

  /** Reads a connection with all of its values. */
  async connection(row: JsonObject): Promise<Connection> {
    await this.#know(Object.keys(asMap(member(row, "values")) ?? {}));
    return await readConnection(row, this.#context);
  }

  async #know(slugs: readonly string[]): Promise<void> {
    if (!this.#catalog.isReadyFor(slugs)) await this.#catalog.prepare(slugs);
  }
}

function unlessLast({ last }: DecodeOptions): (error: unknown) => void {
  return (error) => {
    if (!last || !isSluiceError(error)) throw error;
  };
}

function isPresent(row: JsonObject, name: string): boolean {
  const value = member(row, name);
  return isObject(value) || (typeof value === "string" && value !== "");
}
