import { join } from "@std/path";
import { KvError } from "../errors.ts";
import { encodeHeader, type RecordSource } from "./_fs_record.ts";
import type { Disk, LogFile } from "./_fs_file.ts";
import { LogReader } from "./_fs_reader.ts";

/** A folder on a disk. */
export interface LogFolder {
  readonly disk: Disk;
  readonly path: string;
}

/** The log inside its folder. */
export function logPath(folder: LogFolder): string {
  return join(folder.path, "log");
}

/** The log in the making, which becomes the log when it is whole and on the disk. */
export function newLogPath(folder: LogFolder): string {
  return join(folder.path, "log.tmp");
}

/** Creates the next log; any that a failed attempt left is removed. */
export function createNewLog(folder: LogFolder, tx: number): LogFile {
  folder.disk.remove(newLogPath(folder));
  const file = folder.disk.create(newLogPath(folder));
  if (file === undefined) {
    throw new KvError(`Cannot create ${newLogPath(folder)}: it exists`);
  }
  try {
    file.append(encodeHeader(tx));
    return file;
  } catch (error) {
    file.close();
    discardNewLog(folder);
    throw error;
  }
}

/** Removes the next log, which takes room that a full disk does not have. */
export function discardNewLog(folder: LogFolder): void {
  try {
    folder.disk.remove(newLogPath(folder));
  } catch {
    // What made the log useless is the error to tell; the next attempt removes what is left of it.
  }
}

/** Makes the next log the log. Until {@linkcode reopenLog} has resolved a power cut may bring the old one back. */
export function renameNewLog(folder: LogFolder): void {
  folder.disk.rename(newLogPath(folder), logPath(folder));
}

/** Opens the log that was renamed, once the new name is on the disk. */
export async function reopenLog(folder: LogFolder): Promise<LogFile> {
  await folder.disk.syncFolder(folder.path);
  const file = folder.disk.open(logPath(folder));
  if (file) return file;
  throw new KvError(`Cannot open ${logPath(folder)}: it is gone`);
}

/** Records of a file up to `size`. */
export function sourceOf(file: LogFile, size: number): RecordSource {
  const reader = new LogReader(file);
  return {
    view: (offset, length) =>
      reader.view(offset, Math.max(0, Math.min(length, size - offset))),
  };
}
