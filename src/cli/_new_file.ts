import { ConfigError } from "../errors.ts";

/**
 * Writes a file that only its owner can read, and overwrites none.
 *
 * @throws {ConfigError} When there is one, or it cannot be written.
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
  using opened = file;
  let left = bytes;
  while (left.length > 0) left = left.subarray(await opened.write(left));
  await opened.syncData();
}
