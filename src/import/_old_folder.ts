import { ConfigError } from "../errors.ts";
import type { ImportFiles } from "./_files.ts";
import { numberOf, type OldEvent, readOldEvent } from "./_old_event.ts";

/** A folder of the other client that holds events. */
export type Part = "pending" | "deadletter";

/** What the other client counts its files with. */
const COUNTER = ".seq";

/** The buffer folder of another client. Whatever its files do, the caller gets a `ConfigError` that names the folder. */
export class OldFolder {
  readonly dir: string;
  readonly #files: ImportFiles;
  readonly #damaged: string[] = [];
  readonly #taken = new Map<Part, Set<string>>();

  private constructor(dir: string, files: ImportFiles) {
    this.dir = dir;
    this.#files = files;
  }

  /** Opens a folder that can be read. */
  static async open(
    dir: string,
    files: ImportFiles | undefined,
  ): Promise<OldFolder> {
    const wanted = "wanted a folder that can be read";
    if (!files) throw refusal(dir, wanted);
    const folder = new OldFolder(dir, files);
    await folder.#attempt(wanted, () => files.readdir(dir));
    return folder;
  }

  /** What was met that holds no event, in the order in which it was met. */
  get damaged(): readonly string[] {
    return this.#damaged;
  }

  /** The events in the order of their numbers; what holds none stays where it is and counts as damaged. */
  async *events(part: Part): AsyncGenerator<OldEvent> {
    for (const name of await this.#names(part)) {
      const event = await this.#read(part, name);
      if (event) yield event;
      else this.#damaged.push(`${part}/${name}`);
    }
  }

  /** Moves files to `imported/`, over none that is there. */
  async moveImported(part: Part, names: readonly string[]): Promise<void> {
    const target = `${this.dir}/imported/${part}`;
    const wanted = `wanted to move what was imported to imported/${part}`;
    const taken = await this.#attempt(wanted, () => this.#enter(part, target));
    for (const name of names) {
      const free = freeName(name, taken);
      taken.add(free);
      await this.#attempt(
        wanted,
        () =>
          this.#files.rename(
            `${this.dir}/${part}/${name}`,
            `${target}/${free}`,
          ),
      );
    }
  }

  /** Makes the folder, and tells the names that are taken in it. */
  async #enter(part: Part, target: string): Promise<Set<string>> {
    const known = this.#taken.get(part);
    if (known) return known;
    await this.#files.mkdir(target, { recursive: true, mode: 0o700 });
    const taken = new Set(await this.#files.readdir(target));
    this.#taken.set(part, taken);
    return taken;
  }

  async #names(part: Part): Promise<string[]> {
    const names = await this.#attempt(
      `wanted ${part} to be a folder that can be read`,
      () => this.#files.readdir(`${this.dir}/${part}`).catch(emptyIfMissing),
    );
    // Sixteen digits sort as numbers do.
    return names.filter((name) => name !== COUNTER).sort();
  }

  async #read(part: Part, name: string): Promise<OldEvent | undefined> {
    if (numberOf(name) === undefined) return undefined;
    try {
      const path = `${this.dir}/${part}/${name}`;
      return readOldEvent(name, await this.#files.readFile(path));
    } catch {
      // A folder, a link to nowhere, a file of somebody else: it is reported with the others.
      return undefined;
    }
  }

  async #attempt<T>(wanted: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      throw refusal(this.dir, wanted, { cause });
    }
  }
}

function refusal(
  dir: string,
  wanted: string,
  options: { cause?: unknown } = {},
): ConfigError {
  return new ConfigError(`Cannot import ${dir}: ${wanted}`, {
    ...options,
    problems: [{ field: "dir", message: wanted }],
  });
}

function emptyIfMissing(error: unknown): string[] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") {
    return [];
  }
  throw error;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let n = 0;; n++) {
    const candidate = n === 0 ? name : `${name}.${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
