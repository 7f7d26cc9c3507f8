import { ConfigError } from "../../errors.ts";
import { WriteFailed } from "../_failure/write_failed.ts";

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
    throw new ConfigError(
      `Cannot write ${path}: ${
        newFileState(cause)
      }, wanted the name of a new file`,
    );
  });
  try {
    await write(file, bytes);
  } catch (cause) {
    // The first error is the one to tell.
    await Deno.remove(path).catch(() => {});
    throw new WriteFailed(path, cause);
  }
}

/** Says why a new file cannot be made. */
export function newFileState(cause: unknown): string {
  if (cause instanceof Deno.errors.AlreadyExists) return "it is there already";
  if (cause instanceof Deno.errors.NotFound) return "its folder is not there";
  return `the host refuses it (${cause instanceof Error ? cause.name : "?"})`;
}

async function write(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  using opened = file;
  let left = bytes;
  while (left.length > 0) left = left.subarray(await opened.write(left));
  await opened.syncData();
}
