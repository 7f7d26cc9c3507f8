import { concatBytes } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";
import { KvError } from "../errors.ts";
import { expiresAt, LogIndex, type Place } from "./_fs_index.ts";
import { readAlone } from "./_fs_record.ts";
import { createNewLog, type LogFolder, sourceOf } from "./_fs_folder.ts";
import type { LogFile } from "./_fs_file.ts";
import type { SortedEntry } from "./_sorted_map.ts";

const WRITE_BYTES = 1024 * 1024;

/** A log as it is to be copied. */
export interface LogState {
  readonly file: LogFile;
  readonly length: number;
  readonly index: LogIndex;
  readonly tx: number;
  readonly now: number;
}

/** The index of a new log that waits to be renamed. */
export interface Compacted {
  readonly index: LogIndex;
  readonly length: number;
}

/**
 * Writes everything that is live to a new log and waits until it is on the disk.
 *
 * The old log is only read, so that a failure or the end of the process on any line here changes nothing.
 */
export async function writeCompacted(
  folder: LogFolder,
  state: LogState,
): Promise<Compacted> {
  const target = createNewLog(folder, state.tx);
  try {
    const compacted = await copyLive(target, state);
    await target.sync();
    return compacted;
  } finally {
    target.close();
  }
}

async function copyLive(
  target: LogFile,
  state: LogState,
): Promise<Compacted> {
  const index = new LogIndex();
  const writer = new BufferedWriter(target);
  const source = sourceOf(state.file, state.length);
  for (const { key, value } of liveEntries(state)) {
    const record = readAlone(source, value);
    if (record === undefined) {
      throw new KvError(
        `Cannot compact ${state.file.path}: the record at byte ${value.offset} is damaged`,
      );
    }
    index.apply(
      {
        encoded: key,
        deleted: false,
        expiresAt: expiresAt(value),
        length: record.length,
      },
      { offset: writer.length, tx: value.tx },
    );
    // Reads go on between two pieces.
    if (writer.add(record)) await systemClock.sleep(0);
  }
  writer.flush();
  return { index, length: writer.length };
}

/** Asks for each neighbour anew: a read may sweep an expired entry meanwhile. */
function* liveEntries(
  { index, now }: LogState,
): Generator<SortedEntry<Place>, void, undefined> {
  let entry = index.places.ceiling("");
  while (entry) {
    if (index.live(entry.key, now)) yield entry;
    entry = index.places.higher(entry.key);
  }
}

class BufferedWriter {
  readonly #file: LogFile;
  #parts: Uint8Array[] = [];
  #waiting = 0;
  #length: number;

  constructor(file: LogFile) {
    this.#file = file;
    this.#length = file.size();
  }

  get length(): number {
    return this.#length;
  }

  /** Takes a piece, and writes when there is enough for it to pay: then it is `true`. */
  add(bytes: Uint8Array): boolean {
    this.#parts.push(bytes);
    this.#waiting += bytes.length;
    this.#length += bytes.length;
    if (this.#waiting < WRITE_BYTES) return false;
    this.flush();
    return true;
  }

  flush(): void {
    this.#file.append(concatBytes(this.#parts));
    this.#parts = [];
    this.#waiting = 0;
  }
}
