import { type Bytes, encodeUtf8 } from "../../_internal/bytes.ts";
import { WriteFailed } from "../_failure/write_failed.ts";
import { tryLockFile } from "../_files/lock_file.ts";
import { newFileState } from "../_files/new_file.ts";
import { writeAll } from "../host.ts";
import {
  type Checkpoint,
  checkpointOf,
  digestOf,
  readCheckpoint,
  readTail,
  refusal,
  tailOf,
  writeCheckpoint,
} from "./_checkpoint.ts";
import type { Sink } from "./_sink.ts";

/** What an export is of; a file that was begun as something else is not gone on with. */
export interface ExportKind {
  readonly format: string;
  readonly service: string;
}

interface Opened {
  readonly file: Deno.FsFile;
  readonly state: Checkpoint;
  readonly tail: Bytes;
}

const ROWS_PER_CHECKPOINT = 100;

/**
 * A file that grows by rows, with a checkpoint beside it.
 *
 * The checkpoint is written after the rows that it speaks of are on the disk. Whatever the file holds beyond it when it
 * is opened again, a torn line among that, is cut off and written anew. One export at a time has the file: it is locked
 * until the checkpoint is gone or an export that broke off has let it go.
 */
export class ExportFile implements Sink {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #state: Checkpoint;
  #tail: Bytes;
  #rows: string[] = [];
  #keys: string[] = [];

  private constructor(path: string, { file, state, tail }: Opened) {
    this.#path = path;
    this.#file = file;
    this.#state = state;
    this.#tail = tail;
    this.offset = state.offset;
    this.recent = state.recent;
    this.columns = state.columns;
  }

  readonly offset: number;
  readonly recent: readonly string[];
  readonly columns: readonly string[] | undefined;

  /**
   * Begins a file, or goes on with one that broke off.
   *
   * @throws {ConfigError} When the file is there and no checkpoint beside it, it is one of something else, or another
   * export has it.
   */
  static async open(path: string, kind: ExportKind): Promise<ExportFile> {
    const isBegun = await readCheckpoint(path) !== undefined;
    const file = await (isBegun ? openBegun(path) : openNew(path));
    try {
      await lock(path, file);
      return isBegun
        ? await ExportFile.#resume({ path, file, kind })
        : await ExportFile.#begin({ path, file, kind });
    } catch (error) {
      file.close();
      throw error;
    }
  }

  static async #resume({ path, file, kind }: Opening): Promise<ExportFile> {
    // The one that was read before the file was locked may be of an export that has got further since.
    const state = await readCheckpoint(path);
    if (!state) throw refusal(path, UNKNOWN);
    if (state.format !== kind.format || state.service !== kind.service) {
      throw refusal(
        path,
        "it was begun in another format or for another service",
      );
    }
    const tail = await readTail(file, state);
    if (!tail) throw refusal(path, "it is not as its checkpoint says");
    await file.truncate(state.bytes);
    await file.seek(0, Deno.SeekMode.End);
    return new ExportFile(path, { file, state, tail });
  }

  static async #begin({ path, file, kind }: Opening): Promise<ExportFile> {
    const tail = new Uint8Array();
    const state = {
      ...kind,
      bytes: 0,
      tail: await digestOf(tail),
      offset: 0,
      recent: [],
    };
    const begun = new ExportFile(path, { file, state, tail });
    try {
      await begun.#checkpoint();
    } catch (error) {
      // Without its checkpoint it could not be gone on with.
      await Deno.remove(path).catch(() => {});
      throw error;
    }
    return begun;
  }

  async start(text: string, columns: readonly string[]): Promise<void> {
    await this.#append(text);
    this.#state = { ...this.#state, columns };
    await this.#checkpoint();
  }

  async add(text: string, key: string): Promise<void> {
    this.#rows.push(text);
    this.#keys.push(key);
    if (this.#rows.length >= ROWS_PER_CHECKPOINT) await this.save();
  }

  async save(): Promise<void> {
    if (this.#rows.length === 0) return;
    const [rows, keys] = [this.#rows, this.#keys];
    [this.#rows, this.#keys] = [[], []];
    await this.#append(rows.join(""));
    this.#state = {
      ...this.#state,
      offset: this.#state.offset + rows.length,
      recent: [...this.#state.recent, ...keys].slice(-ROWS_PER_CHECKPOINT),
    };
    await this.#checkpoint();
  }

  async finish(): Promise<void> {
    await Deno.remove(checkpointOf(this.#path));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #append(text: string): Promise<void> {
    const added = encodeUtf8(text);
    try {
      await writeAll(this.#file, text);
      // If the process dies here, the rows are cut off and written anew.
      await this.#file.syncData();
    } catch (cause) {
      // Part of the first rows would pass for another file.
      await this.#file.truncate(this.#state.bytes).catch(() => {});
      throw new WriteFailed(this.#path, cause);
    }
    this.#tail = tailOf(this.#tail, added);
    this.#state = {
      ...this.#state,
      bytes: this.#state.bytes + added.length,
      tail: await digestOf(this.#tail),
    };
  }

  async #checkpoint(): Promise<void> {
    await writeCheckpoint(this.#path, this.#state);
  }
}

interface Opening {
  readonly path: string;
  readonly file: Deno.FsFile;
  readonly kind: ExportKind;
}

const UNKNOWN = "it is there already and has no checkpoint";

async function openNew(path: string): Promise<Deno.FsFile> {
  const options = { write: true, createNew: true, mode: 0o600 };
  return await Deno.open(path, options).catch((cause) => {
    const isThere = cause instanceof Deno.errors.AlreadyExists;
    throw refusal(path, isThere ? UNKNOWN : newFileState(cause));
  });
}

async function openBegun(path: string): Promise<Deno.FsFile> {
  const options = { write: true, read: true };
  return await Deno.open(path, options).catch((cause) => {
    const state = cause instanceof Deno.errors.NotFound
      ? "it is gone"
      : `the host refuses it (${cause.name})`;
    throw refusal(path, `${state} while its checkpoint is there`);
  });
}

async function lock(path: string, file: Deno.FsFile): Promise<void> {
  const isOurs = await tryLockFile(file).catch((cause) => {
    throw refusal(path, `the host refuses its lock (${cause.name})`);
  });
  if (!isOurs) throw refusal(path, "another export is writing it");
}
