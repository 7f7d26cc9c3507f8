import { dirname, fromFileUrl } from "@std/path";
import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import { systemClock } from "../_internal/clock.ts";
import { KvError } from "../errors.ts";
import { isDenoDeploy, isGranted } from "./_fs_host.ts";
import { lockFolder } from "./_fs_lock.ts";
import { type OpenLog, openLog } from "./_fs_recover.ts";
import { type FsSettings, FsStore } from "./_fs_store.ts";
import type { FsKvOptions, FsKvStore } from "./_fs_types.ts";
import { type Disk, hostDisk } from "./_fs_file.ts";

interface CompleteOptions extends FsSettings {
  readonly repair: boolean;
  readonly allowEphemeral: boolean;
  readonly onRecover: NonNullable<FsKvOptions["onRecover"]>;
}

/** Opens a store, on another disk than the host's where a test wants one that fails. */
export async function openFsStore(
  dir: string | URL,
  options: FsKvOptions & { readonly disk?: Disk },
): Promise<FsKvStore> {
  const { disk = hostDisk } = options;
  const settings = complete(options);
  const path = dir instanceof URL ? fromFileUrl(dir) : dir;
  refuseHost(path, settings);
  const store = await openFolder(path, settings, disk).catch((cause) => {
    if (cause instanceof KvError) throw cause;
    throw new KvError(`Cannot open the store in ${path}: ${reason(cause)}`, {
      cause,
    });
  });
  try {
    if (store.recovered) settings.onRecover(store.recovered);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function complete(options: FsKvOptions): CompleteOptions {
  const settings = {
    durability: options.durability ?? "interval",
    syncIntervalMs: options.syncIntervalMs ?? 50,
    compactAtBytes: options.compactAtBytes ?? 16 * 1024 * 1024,
    repair: options.repair ?? false,
    allowEphemeral: options.allowEphemeral ?? false,
    onRecover: options.onRecover ?? (() => {}),
    now: options.now ?? systemClock.now,
  };
  if (!["interval", "commit"].includes(settings.durability)) {
    throw new TypeError(
      'Cannot use durability: wanted "interval" or "commit"',
    );
  }
  assertMs(settings.syncIntervalMs, "syncIntervalMs");
  assertInteger(settings.compactAtBytes, "compactAtBytes", { min: 0 });
  assertBoolean(settings.repair, "repair");
  assertBoolean(settings.allowEphemeral, "allowEphemeral");
  assertFunction(settings.onRecover, "onRecover");
  assertFunction(settings.now, "now");
  return settings;
}

function refuseHost(path: string, { allowEphemeral }: CompleteOptions): void {
  if (typeof Deno === "undefined") {
    throw new KvError(
      `Cannot open the store in ${path}: it needs the file system of Deno`,
    );
  }
  if (allowEphemeral || !isDenoDeploy()) return;
  throw new KvError(
    `Cannot open the store in ${path}: the disk of Deno Deploy is gone with the instance, use denoKv`,
  );
}

async function openFolder(
  path: string,
  settings: CompleteOptions,
  disk: Disk,
): Promise<FsStore> {
  const folder = { disk, path: await prepareFolder(path, disk) };
  const lock = await lockFolder(folder.path);
  let opened: OpenLog;
  try {
    opened = await openLog(folder, settings);
  } catch (error) {
    lock.release();
    throw error;
  }
  return new FsStore({ folder, lock, opened, settings });
}

/** Creates the folder for its owner alone if it is not there; one that is keeps its mode. */
async function prepareFolder(path: string, disk: Disk): Promise<string> {
  for (const folder of missingFolders(path)) {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (Deno.build.os !== "windows") Deno.chmodSync(folder, 0o700);
    const parent = dirname(folder);
    if (isReadable(parent)) await disk.syncFolder(parent);
  }
  return absolute(path);
}

/** What is missing of a path, from the outside in, as far as the process may look. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let at = path; !isFolder(at); at = dirname(at)) {
    missing.unshift(at);
    if (!isReadable(dirname(at))) break;
  }
  return missing;
}

function isReadable(path: string): boolean {
  return isGranted({ name: "read", path });
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The path that still means the same after a change of the working directory, where the process may ask for it. */
function absolute(path: string): string {
  return isGranted({ name: "read" }) ? Deno.realPathSync(path) : path;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
