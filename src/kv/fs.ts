/**
 * The store in a folder of the file system: for one process on a machine with a disk that stays.
 *
 * It is what the client of the root entry opens when it is given no store. Choose it for scripts and single services:
 * it needs nothing but a folder, a commit costs one write and one sync, and keys are in memory, about 130 bytes for
 * each entry. Choose `@sluice/edge/kv/deno` or `@sluice/edge/kv/postgres` where several processes share the work. It
 * refuses Deno Deploy, whose disk ends with the instance.
 *
 * After `kill -9` nothing that was committed is missing. After a power cut neither, but for relaxed commits, such as
 * acknowledgements, of the last 50 ms (`syncIntervalMs`), so those events come again; {@linkcode fsKv} has the table. A
 * second opening of the folder is refused with a `KvError` that says who holds it; the lock of a process that died is
 * taken over. Back the folder up while no process has it open.
 *
 * @example Open, write and close
 * ```ts
 * import { fsKv } from "@sluice/edge/kv/fs";
 *
 * const dir = await Deno.makeTempDir();
 * await using kv = await fsKv(`${dir}/store`);
 * await kv.commit({ sets: [{ key: ["user", 1], value: { name: "Anna" } }] });
 * ```
 *
 * @example Say what a crash has left behind
 * ```ts
 * import { fsKv } from "@sluice/edge/kv/fs";
 *
 * const dir = await Deno.makeTempDir();
 * await using kv = await fsKv(dir, {
 *   onRecover: (report) => console.warn("a commit that was not finished was cut off", report),
 * });
 * console.assert(kv.recovered === undefined);
 * ```
 *
 * @module
 */
import { openFsStore } from "./_fs_open.ts";
import type { FsKvOptions, FsKvStore } from "./_fs_types.ts";

export type { FsKvRecovery } from "./_fs_recover.ts";
export type { FsKvOptions, FsKvStore } from "./_fs_types.ts";
export type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvSet,
  KvStore,
} from "./kv.ts";

/**
 * Opens a store in a folder, for one process on one machine with a disk that stays.
 *
 * The folder holds one log to which commits are appended, a checksum on every record. Keys and offsets are in memory,
 * about 130 bytes per entry; values are read from the disk. The folder is created with mode 0700, files have 0600.
 *
 * What survives when a commit has resolved:
 *
 * | | ordinary | `relaxed`, durability `"interval"` |
 * |---|---|---|
 * | end of the process, `kill -9` | yes | yes |
 * | power cut, crash of the system | yes, the disk has confirmed it | not the last `syncIntervalMs` |
 * | full disk | nothing of the refused commit is visible, the store goes on | the same |
 *
 * A commit is one write, and commits at the same time share one call that asks the disk to confirm. Commits are found
 * after a crash in the order in which they were made, without a gap. A read may see a commit that the disk has not
 * confirmed yet.
 *
 * A commit that was not finished when the process or the power ended is cut off when the store is opened again; its
 * bytes are kept in a file `torn-….bin`, and `recovered` and `onRecover` tell. Damage with complete commits behind it is
 * refused, unless `repair` is set: it may be a failing disk, or, on a file system that writes out of order, a power cut
 * in the midst of relaxed commits.
 *
 * When the disk does not confirm a write, or a failed write cannot be undone, the store has failed: that call and all
 * later ones are refused, and opening it again finds what is really there.
 *
 * A log that is mostly dead is copied without its dead records; commits wait meanwhile, reads do not. Needs the
 * permissions `--allow-read` and `--allow-write` for the folder.
 *
 * @example A second opening is refused and told who holds the folder
 * ```ts
 * import { KvError } from "@sluice/edge/errors";
 * import { fsKv } from "@sluice/edge/kv/fs";
 *
 * const dir = await Deno.makeTempDir();
 * await using kv = await fsKv(dir);
 * await fsKv(dir).catch((error) => console.log(error instanceof KvError)); // true
 * await kv.commit({ deletes: [["user", 1]] });
 * ```
 *
 * @param dir The folder; it is created with its parents when it is not there.
 * @param options How to open and keep it.
 * @returns Resolves with the store once its log has been read.
 * @throws {KvError} If another opening holds the folder, its `sluice.lock` is a link or of something else, the log is
 * damaged in the middle or of a newer release, the folder cannot be used, or this is Deno Deploy.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If an option is out of range.
 */
export async function fsKv(
  dir: string | URL,
  options: FsKvOptions = {},
): Promise<FsKvStore> {
  return await openFsStore(dir, options);
}
