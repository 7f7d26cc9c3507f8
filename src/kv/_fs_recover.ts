import { join } from "@std/path";
import { KvError } from "../errors.ts";
import {
  createNewLog,
  discardNewLog,
  type LogFolder,
  logPath,
  newLogPath,
  renameNewLog,
  reopenLog,
  sourceOf,
} from "./_fs_folder.ts";
import { LogIndex } from "./_fs_index.ts";
import { readHeader } from "./_fs_record.ts";
import { findCommitBehind, type LogScan, scanLog } from "./_fs_scan.ts";
import type { LogFile } from "./_fs_file.ts";

/** What opening a store cut off its log, and where these bytes are now. */
export interface FsKvRecovery {
  /** The log that was cut. */
  readonly file: string;
  /** Where it was cut. */
  readonly offset: number;
  /** How many bytes were cut off. */
  readonly cutBytes: number;
  /** The file that holds these bytes now. */
  readonly savedTo: string;
  /** `"torn"`: a commit that was not finished. `"damaged"`: more than that, set aside by the option `repair`. */
  readonly kind: "torn" | "damaged";
}

/** A log that is ready for commits. */
export interface OpenLog {
  readonly file: LogFile;
  readonly scan: LogScan;
  readonly recovered: FsKvRecovery | undefined;
}

const COPY_BYTES = 1024 * 1024;

/** Opens the log of a folder, or begins one, and cuts off what is no complete commit. */
export async function openLog(
  folder: LogFolder,
  options: { repair: boolean },
): Promise<OpenLog> {
  // Left by a process that ended before its rename; the log beside it is complete.
  folder.disk.remove(newLogPath(folder));
  const file = folder.disk.open(logPath(folder));
  if (file === undefined) return await beginLog(folder);
  const { scan, recovered } = await readLog(folder, file, options)
    .catch((error) => {
      file.close();
      throw error;
    });
  if (scan) return { file, scan, recovered };
  file.close();
  return { ...await beginLog(folder), recovered };
}

async function beginLog(folder: LogFolder): Promise<OpenLog> {
  const end = await writeEmptyLog(folder).catch((error) => {
    discardNewLog(folder);
    throw error;
  });
  const file = await reopenLog(folder);
  return {
    file,
    scan: { index: new LogIndex(), tx: 0, end, isCopy: false },
    recovered: undefined,
  };
}

/** Its length, once it is the log. */
async function writeEmptyLog(folder: LogFolder): Promise<number> {
  const begun = createNewLog(folder, 0);
  let end: number;
  try {
    end = begun.size();
    await begun.sync();
  } finally {
    begun.close();
  }
  renameNewLog(folder);
  return end;
}

/** Without a scan in the answer there is nothing to keep of the file. */
async function readLog(
  folder: LogFolder,
  file: LogFile,
  { repair }: { repair: boolean },
): Promise<Omit<OpenLog, "file" | "scan"> & { scan: LogScan | undefined }> {
  const size = file.size();
  const source = sourceOf(file, size);
  const header = readHeader(source);
  if (header?.readable === false) {
    throw new KvError(
      `Cannot open ${file.path}: a newer release wrote it, use that one`,
    );
  }
  const scan = header && scanLog(source, header);
  const end = scan?.end ?? 0;
  if (end === size) return { scan, recovered: undefined };
  const isTorn = scan !== undefined &&
    findCommitBehind(source, scan, { size }) === undefined;
  if (!isTorn && !repair) throw damaged(file, end);
  const savedTo = await setAside(folder, file, { end, tx: scan?.tx ?? 0 });
  file.truncate(end);
  await file.sync();
  const kind = isTorn ? "torn" : "damaged";
  const cutBytes = size - end;
  return {
    scan,
    recovered: { file: file.path, offset: end, cutBytes, savedTo, kind },
  };
}

/** Copies the end of a log to a file of its own, and waits until that is on the disk. */
async function setAside(
  folder: LogFolder,
  log: LogFile,
  { end, tx }: { end: number; tx: number },
): Promise<string> {
  const file = createAside(folder, tx);
  try {
    const buffer = new Uint8Array(COPY_BYTES);
    for (let at = end;;) {
      const count = log.readAt(at, buffer);
      if (count === 0) break;
      file.append(buffer.subarray(0, count));
      at += count;
    }
    await file.sync();
  } finally {
    file.close();
  }
  await folder.disk.syncFolder(folder.path);
  return file.path;
}

function createAside(folder: LogFolder, tx: number): LogFile {
  for (let n = 0;; n++) {
    const name = n === 0 ? `torn-${tx}.bin` : `torn-${tx}-${n}.bin`;
    const file = folder.disk.create(join(folder.path, name));
    if (file) return file;
  }
}

function damaged(file: LogFile, offset: number): KvError {
  return new KvError(
    `Cannot open ${file.path}: it is damaged at byte ${offset} and goes on behind, ` +
      "use the option repair to set that rest aside and open what precedes it",
  );
}
