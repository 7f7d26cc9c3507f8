import { type Disk, hostDisk, type LogFile } from "../../src/kv/_fs_file.ts";

/** Is asked before each step; `apply` does the step, and whatever it throws is what the store sees. */
export type Fault = (
  step: string,
  apply: () => void,
  bytes?: { file: LogFile; bytes: Uint8Array },
) => void;

/** The host's disk with every change of it passed through `fault`. Steps are named like `append log`. */
export function faultyDisk(fault: Fault): Disk {
  const name = (path: string): string => path.split("/").at(-1) ?? "";
  const wrap = (file: LogFile | undefined): LogFile | undefined =>
    file && {
      path: file.path,
      size: () => file.size(),
      readAt: (offset, target) => file.readAt(offset, target),
      close: () => file.close(),
      append: (bytes) =>
        fault(`append ${name(file.path)}`, () => file.append(bytes), {
          file,
          bytes,
        }),
      truncate: (length) =>
        fault(`truncate ${name(file.path)}`, () => file.truncate(length)),
      sync: async () => {
        fault(`sync ${name(file.path)}`, () => {});
        await file.sync();
      },
    };
  return {
    open: (path) => wrap(hostDisk.open(path)),
    create(path): LogFile | undefined {
      let created: LogFile | undefined;
      try {
        fault(`create ${name(path)}`, () => created = hostDisk.create(path));
        return wrap(created);
      } catch (error) {
        created?.close();
        throw error;
      }
    },
    rename: (from, to) => fault("rename", () => hostDisk.rename(from, to)),
    remove: (path) =>
      fault(`remove ${name(path)}`, () => hostDisk.remove(path)),
    async syncFolder(path): Promise<void> {
      fault("syncFolder", () => {});
      await hostDisk.syncFolder(path);
    },
  };
}

/** An error as the host makes it of one of the system. */
export function systemError(code: "ENOSPC" | "EIO"): Error {
  const number = code === "ENOSPC" ? 28 : 5;
  return new Error(`injected (os error ${number})`);
}

/** A folder for the time of a test. */
export async function inFolder(
  test: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
