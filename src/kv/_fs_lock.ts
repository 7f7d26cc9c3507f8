import { join } from "@std/path";
import process from "node:process";
import { systemClock } from "../_internal/clock.ts";
import { decodeUtf8Lossy, encodeUtf8 } from "../_internal/bytes.ts";
import { isObject, parseJson } from "../_internal/json.ts";
import { KvError } from "../errors.ts";
import { hostName, isGranted } from "./_fs_host.ts";
import { makePrivate, unless } from "./_fs_file.ts";

/** The right to use a folder, which ends with the process at the latest. */
export interface FolderLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly since: string;
}

// What Deno 2.5 does not have yet.
interface TryLock {
  tryLockSync?(exclusive: boolean): boolean;
}

const LOCK_WAIT_MS = 250;
// How our words begin, see writeHolder().
const HOLDER = '{"pid":';
// Folders that are locked in this process, for Deno 2.5, where asking again would wait for ever.
const ours = new Set<string>();

/**
 * Takes the exclusive lock of a folder.
 *
 * @throws {KvError} If another process, or this one, has it, and the message says who and since when; or if the file of
 * that name is a link or somebody else's.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, "sluice.lock");
  const file = openLockFile(path);
  let isLocked = false;
  try {
    assertOurs(file, path);
    makePrivate(path);
    isLocked = await tryLock(file, folder);
    if (!isLocked) throw heldBy(folder, readHolder(file));
    writeHolder(file);
  } finally {
    if (!isLocked) file.close();
  }
  ours.add(folder);
  return { release: () => release(file, folder) };
}

/** Opens or creates the file, and follows no link: what that leads to is not ours to write. */
function openLockFile(path: string): Deno.FsFile {
  const before = lockFileInfo(path);
  const options = { read: true, write: true, mode: 0o600 };
  if (before === undefined) {
    // When somebody else has created it in between, there is a file to open.
    return unless(
      Deno.errors.AlreadyExists,
      () => Deno.openSync(path, { ...options, createNew: true }),
    ) ?? openLockFile(path);
  }
  const file = Deno.openSync(path, options);
  const after = file.statSync();
  if (before.ino === after.ino && before.dev === after.dev) return file;
  file.close();
  throw foreign(path, "it was replaced while it was opened");
}

function lockFileInfo(path: string): Deno.FileInfo | undefined {
  const info = unless(Deno.errors.NotFound, () => Deno.lstatSync(path));
  if (info === undefined || info.isFile) return info;
  const what = info.isSymlink ? "a link" : "no file";
  throw foreign(path, `it is ${what}`);
}

/** Refuses a file with words of somebody else in it, before anything of it is changed. */
function assertOurs(file: Deno.FsFile, path: string): void {
  // A power cut may leave zeros, or the beginning of our words.
  const words = readWords(file).replace(/\0+$/, "");
  const isOurs = words.startsWith(HOLDER) || HOLDER.startsWith(words);
  if (!isOurs) throw foreign(path, "it holds something else");
}

function foreign(path: string, why: string): KvError {
  return new KvError(
    `Cannot use ${path} as the lock of the store: ${why}, wanted a file that a store wrote`,
  );
}

async function tryLock(
  file: Deno.FsFile & TryLock,
  folder: string,
): Promise<boolean> {
  if (file.tryLockSync) return file.tryLockSync(true);
  const holder = readHolder(file);
  if (ours.has(folder) || (holder && isAnotherAlive(holder.pid))) return false;
  const locked = file.lock(true).then(() => true, () => false);
  const late = new AbortController();
  const isInTime = await Promise.race([
    locked,
    systemClock.sleep(LOCK_WAIT_MS, late.signal).then(() => false, () => false),
  ]);
  late.abort();
  return isInTime;
}

function release(file: Deno.FsFile, folder: string): void {
  ours.delete(folder);
  try {
    file.truncateSync(0);
  } catch {
    // Only the words about the holder stay; closing gives the lock back.
  }
  file.close();
}

function writeHolder(file: Deno.FsFile): void {
  const since = new Date(systemClock.now()).toISOString();
  const holder = JSON.stringify({ pid: Deno.pid, host: hostName(), since });
  try {
    file.truncateSync(0);
    file.writeSync(encodeUtf8(`${holder}\n`));
  } catch {
    // The lock holds without the words about it, and a store on a full disk must open, be it only to be emptied.
  }
}

function readHolder(file: Deno.FsFile): Holder | undefined {
  const json = parseJson(readWords(file));
  if (!isObject(json)) return undefined;
  const { pid, since } = json;
  return typeof pid === "number" && typeof since === "string"
    ? { pid, since }
    : undefined;
}

function readWords(file: Deno.FsFile): string {
  const bytes = new Uint8Array(1024);
  file.seekSync(0, Deno.SeekMode.Start);
  const count = file.readSync(bytes) ?? 0;
  file.seekSync(0, Deno.SeekMode.Start);
  return decodeUtf8Lossy(bytes.subarray(0, count));
}

function heldBy(folder: string, holder: Holder | undefined): KvError {
  const who = holder
    ? `process ${holder.pid} has had it open since ${holder.since}`
    : "another process has it open";
  return new KvError(
    `Cannot open the store in ${folder}: ${who}, close it there or use another folder`,
    { retryable: true },
  );
}

/** Whether a process with that number runs, and it is not this one, whose number a crashed one may have had. */
function isAnotherAlive(pid: number): boolean {
  if (pid === Deno.pid || !isGranted({ name: "run" })) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM says that it runs and is not ours.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
