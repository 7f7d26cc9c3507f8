import { type Client, feedOf } from "../company_data/client.ts";
import { importFiles } from "./_files.ts";
import { OldFolder } from "./_old_folder.ts";
import { takeOver } from "./_take_over.ts";

/** What {@linkcode importCacheDir} took over. */
export interface ImportReport {
  /** Changes that this call took over; they wait for delivery. */
  readonly pending: number;
  /** Dead letters that this call took over; they are listed with the others. */
  readonly deadLetters: number;
  /** What holds no change, such as a file that was cut off or cannot be read. It stays where it is. */
  readonly damaged: readonly string[];
}

/**
 * Takes over the buffer folder of another client of the SDK family: `pending/` and `deadletter/` with a file per event.
 *
 * Nothing is lost and nothing is deleted. Events keep the order of the numbers in their names, and come before
 * whatever is fetched later. They are durable in the client's store, at most 500 events or 1 MiB at once, before their
 * files are moved to `imported/`. Dead letters become dead letters; they are not delivered. What cannot be read stays
 * where it is and is reported; mend it and call again.
 *
 * After a crash, or an error in the midst of it, what was imported can be delivered, but the client fetches nothing
 * newer until another call has taken the rest. That one may import again the last events whose files were not moved
 * yet. Where the folder is gone for good, a call with an empty one ends the import.
 *
 * No other client may work on the folder meanwhile. A run of this client's is `stopped: "busy"` until it is done.
 *
 * @param dir The old `cache_dir`.
 * @param client Where the events go. Nothing may be pending there: what is imported is older and must come first.
 * @returns What was taken over.
 * @throws {ConfigError} When the folder cannot be read, or its files cannot be moved.
 * @throws {KvError} When events are pending in the client's store, another run is at work, or the store failed.
 * @throws {TypeError} When `dir` is no text.
 *
 * @example Move in
 * ```ts ignore
 * import { Client, importCacheDir } from "@sluice/edge";
 *
 * await using client = await Client.fromConfig("allus.json");
 * console.log(await importCacheDir("./old-cache", client));
 * ```
 */
export async function importCacheDir(
  dir: string,
  client: Client,
): Promise<ImportReport> {
  if (typeof dir !== "string" || dir === "") {
    throw new TypeError("Cannot use dir: wanted the path of a folder");
  }
  const folder = await OldFolder.open(dir, importFiles());
  const taken = await takeOver(folder, await feedOf(client));
  return { ...taken, damaged: folder.damaged };
}
