import {
  type Bytes,
  concatBytes,
  encodeUtf8,
  toHex,
} from "../../_internal/bytes.ts";
import {
  fileState,
  readHostTextFile,
  writeHostFile,
} from "../../_internal/host.ts";
import { isObject, parseJson } from "../../_internal/json.ts";
import { sha256 } from "../../_internal/sha256.ts";
import { ConfigError } from "../../errors.ts";
import { WriteFailed } from "../_failure/write_failed.ts";

/** How far an export got, and what it is of. */
export interface Checkpoint {
  readonly format: string;
  readonly service: string;
  readonly bytes: number;
  /** Digest of the end of these bytes, by which another file of the same name is told. */
  readonly tail: string;
  readonly offset: number;
  readonly recent: readonly string[];
  readonly columns?: readonly string[];
}

const TAIL_BYTES = 4096;

/** Where the checkpoint of a file is. */
export function checkpointOf(path: string): string {
  return `${path}.checkpoint`;
}

/**
 * Reads the checkpoint of a file; `undefined` when there is none.
 *
 * @throws {ConfigError} When it cannot be read.
 */
export async function readCheckpoint(
  path: string,
): Promise<Checkpoint | undefined> {
  const text = await readHostTextFile(checkpointOf(path)).catch((cause) => {
    if (cause.code === "ENOENT") return undefined;
    throw refusal(path, `its checkpoint cannot be read: ${fileState(cause)}`);
  });
  if (text === undefined) return undefined;
  const state = parseJson(text);
  if (isCheckpoint(state)) return state;
  throw refusal(path, "its checkpoint cannot be read");
}

/** Writes the checkpoint of a file in the place of the last one. */
export async function writeCheckpoint(
  path: string,
  state: Checkpoint,
): Promise<void> {
  const name = checkpointOf(path);
  const bytes = encodeUtf8(JSON.stringify(state));
  await writeHostFile(name, bytes).catch((cause) => {
    throw new WriteFailed(name, cause);
  });
}

/** The end of what was written, once more was. */
export function tailOf(tail: Bytes, more: Bytes): Bytes {
  return concatBytes([tail, more]).slice(-TAIL_BYTES);
}

/** What a checkpoint says of the end of what was written. */
export async function digestOf(tail: Bytes): Promise<string> {
  return toHex(await sha256(tail));
}

/**
 * Reads the end of what was written before a checkpoint.
 *
 * @returns `undefined` when the file is not the one that the checkpoint speaks of.
 */
export async function readTail(
  file: Deno.FsFile,
  { bytes, tail }: Checkpoint,
): Promise<Bytes | undefined> {
  // Where nothing was written there is nothing to know it by.
  if (bytes === 0 && (await file.stat()).size > 0) return undefined;
  const found = new Uint8Array(Math.min(bytes, TAIL_BYTES));
  await file.seek(bytes - found.length, Deno.SeekMode.Start);
  for (let length = 0; length < found.length;) {
    const count = await file.read(found.subarray(length));
    if (count === null) return undefined;
    length += count;
  }
  return await digestOf(found) === tail ? found : undefined;
}

/** The error for a file that cannot be begun or gone on with. */
export function refusal(path: string, state: string): ConfigError {
  return new ConfigError(
    `Cannot use --out ${path}: ${state}, wanted the name of a new file`,
  );
}

function isCheckpoint(state: unknown): state is Checkpoint {
  if (!isObject(state)) return false;
  const { format, service, bytes, tail, offset, recent, columns } = state;
  return typeof format === "string" && typeof service === "string" &&
    isCount(bytes) && typeof tail === "string" && isCount(offset) &&
    isTexts(recent) && (columns === undefined || isTexts(columns));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((each) => typeof each === "string");
}
