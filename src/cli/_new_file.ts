import { ConfigError } from "../errors.ts";
import { WriteFailed } from "./_write_failed.ts";

/**
 * Writes a file that only its owner can read, and overwrites none. Nothing of it is left behind when that fails.
 *
 * @throws {ConfigError} When there is one, or it cannot be made.
 * @throws {WriteFailed} When it cannot be written, such as to a full disk.
 */
export async function writeNewFile(
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const options = { write: true, createNew: true, mode: 0o600 };
  const file = await Deno.open(path, options).catch((cause) => {
    const state = cause instanceof Deno.errors.AlreadyExists
      ? "there is one already, wanted a new name"
      : `the host refuses it (${cause instanceof Error ? cause.name : "?"})`;
    throw new ConfigError(`Cannot write ${path}: ${state}`);
  });
  try {
    await write(file, bytes);
  } catch (cause) {
    // The first error is the one to tell.
    await Deno.remove(path).catch(() => {});
    throw new WriteFailed(path, cause);
  }
}

async function write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  using opened = file;
  let left = bytes;
  while (left.length > 0) left = left.subarray(await opened.write(left));
  await opened.syncData();
}
