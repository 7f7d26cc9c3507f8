import { encodeUtf8 } from "../../_internal/bytes.ts";
import {
  fileState,
  readHostTextFile,
  writeHostFile,
} from "../../_internal/host.ts";
import { isObject, parseJson } from "../../_internal/json.ts";
import { ConfigError } from "../../errors.ts";
import { WriteFailed } from "../_failure/write_failed.ts";
import { newFileState } from "../_files/new_file.ts";
import { writeAll } from "../host.ts";
import type { Sink } from "./_sink.ts";

interface Checkpoint {
  readonly format: string;
  readonly service: string;
  readonly bytes: number;
  readonly offset: number;
  readonly recent: readonly string[];
  readonly columns?: readonly string[];
}

/** What an export is of; a file that was begun as something else is not gone on with. */
export interface ExportKind {
  readonly format: string;
  readonly service: string;
}

const ROWS_PER_CHECKPOINT = 100;

/**
 * A file that grows by rows, with a checkpoint beside it.
 *
 * The checkpoint is written after the rows that it speaks of are on the disk. Whatever the file holds beyond it when it
 * is opened again, a torn line among that, is cut off and written anew.
 */
export class ExportFile implements Sink {
  readonly #path: string;
  readonly #kind: ExportKind;
  readonly #file: Deno.FsFile;
  #state: Checkpoint;
  #rows: string[] = [];
  #keys: string[] = [];

  private constructor(path: string, file: Deno.FsFile, state: Checkpoint) {
    this.#path = path;
    this.#file = file;
    this.#state = state;
    const { format, service } = state;
    this.#kind = { format, service };
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
   * @throws {ConfigError} When the file is there and no checkpoint beside it, or it is one of something else.
   */
  static async open(path: string, kind: ExportKind): Promise<ExportFile> {
    const state = await readCheckpoint(path);
    if (!state) return await ExportFile.#begin(path, kind);
    if (state.format !== kind.format || state.service !== kind.service) {
      throw refusal(
        path,
        "it was begun in another format or for another service",
      );
    }
    const options = { write: true, read: true };
    const file = await Deno.open(path, options).catch((cause) => {
      const state = cause instanceof Deno.errors.NotFound
        ? "it is gone"
        : `the host refuses it (${cause.name})`;
      throw refusal(path, `${state} while its checkpoint is there`);
    });
    const { size } = await file.stat();
    if (size < state.bytes) {
      file.close();
      throw refusal(path, "it is shorter than its checkpoint says");
    }
    await file.truncate(state.bytes);
    await file.seek(0, Deno.SeekMode.End);
    return new ExportFile(path, file, state);
  }

  static async #begin(path: string, kind: ExportKind): Promise<ExportFile> {
    const options = { write: true, createNew: true, mode: 0o600 };
    const file = await Deno.open(path, options).catch((cause) => {
      const state = newFileState(cause);
      throw cause instanceof Deno.errors.AlreadyExists
        ? refusal(path, `${state} and has no checkpoint`)
        : refusal(path, state);
    });
    const state = { ...kind, bytes: 0, offset: 0, recent: [] };
    const begun = new ExportFile(path, file, state);
    try {
      await begun.#checkpoint();
    } catch (error) {
      file.close();
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
    if (this.#rows.length >= ROWS_PER_CHECKPOINT) await this.#save();
  }

  async close(): Promise<void> {
    try {
      await this.#save();
    } finally {
      this.#file.close();
    }
  }

  async finish(): Promise<void> {
    await Deno.remove(checkpointOf(this.#path));
  }

  async #save(): Promise<void> {
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

  async #append(text: string): Promise<void> {
    try {
      await writeAll(this.#file, text);
      // If the process dies here, the rows are cut off and written anew.
      await this.#file.syncData();
    } catch (cause) {
      throw new WriteFailed(this.#path, cause);
    }
    const bytes = this.#state.bytes + encodeUtf8(text).length;
    this.#state = { ...this.#state, bytes };
  }

  async #checkpoint(): Promise<void> {
    const text = JSON.stringify({ ...this.#state, ...this.#kind });
    const path = checkpointOf(this.#path);
    await writeHostFile(path, encodeUtf8(text)).catch((cause) => {
      throw new WriteFailed(path, cause);
    });
  }
}

function checkpointOf(path: string): string {
  return `${path}.checkpoint`;
}

async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  const text = await readHostTextFile(checkpointOf(path)).catch((cause) => {
    if (cause.code === "ENOENT") return undefined;
    throw refusal(path, `its checkpoint cannot be read: ${fileState(cause)}`);
  });
  if (text === undefined) return undefined;
  const state = parseJson(text);
  if (isCheckpoint(state)) return state;
  throw refusal(path, "its checkpoint cannot be read");
}

function isCheckpoint(state: unknown): state is Checkpoint {
  if (!isObject(state)) return false;
  const { format, service, bytes, offset, recent, columns } = state;
  return typeof format === "string" && typeof service === "string" &&
    Number.isSafeInteger(bytes) && Number.isSafeInteger(offset) &&
    isTexts(recent) && (columns === undefined || isTexts(columns));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((each) => typeof each === "string");
}

function refusal(path: string, state: string): ConfigError {
  return new ConfigError(
    `Cannot use --out ${path}: ${state}, wanted the name of a new file`,
  );
}
