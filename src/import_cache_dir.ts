import { encodeUtf8 } from "./_internal/bytes.ts";
import { type HostFiles, hostFiles } from "./_internal/host.ts";
import { isObject, type JsonObject, parseJson } from "./_internal/json.ts";
import { type Client, feedOf } from "./company_data/client.ts";
import { ConfigError, KvError } from "./errors.ts";

/** What {@linkcode importCacheDir} took over. */
export interface ImportReport {
  /** Changes that wait for delivery now. */
  readonly pending: number;
  /** Dead letters that are listed now. */
  readonly deadLetters: number;
  /** Files that hold no change, such as one that was cut off; they were moved to `damaged/`. */
  readonly damaged: readonly string[];
}

interface Stored {
  readonly name: string;
  readonly text: string;
  readonly event: JsonObject;
}

interface Folder {
  readonly files: HostFiles;
  readonly dir: string;
  readonly damaged: string[];
}

// As many events as the platform gives on one page.
const AT_ONCE = 500;
const NAME = /^\d{16}_[A-Za-z0-9_-]*\.json$/;

/**
 * Takes over the buffer folder of another client of the SDK family: `pending/` and `deadletter/` with a file per event.
 *
 * Nothing is lost or reordered: events keep the order of their sequence numbers, a batch is durable in the client's
 * store before its files are moved to `imported/`, and nothing is deleted. A crash in between imports that batch once
 * more with the next call. A file that cannot be read is moved to `damaged/` and reported. No other client may work on
 * the folder meanwhile.
 *
 * @param dir The old `cache_dir`.
 * @param client Where the events go. Nothing may be pending there: what is imported is older and must come first.
 * @returns What was taken over.
 * @throws {ConfigError} When the folder cannot be read.
 * @throws {KvError} When events are pending in the client's store, another run is at work, or the store failed.
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
  const folder = await openFolder(dir);
  const { spool } = await feedOf(client);
  if (await spool.pending() > 0) {
    throw new KvError(
      "Cannot import: newer events are pending in the store, deliver them first",
    );
  }
  const deadLetters = await importDeadLetters(folder, spool);
  const pending = await importPending(folder, spool);
  return { pending, deadLetters, damaged: folder.damaged };
}

type FeedSpool = Awaited<ReturnType<typeof feedOf>>["spool"];

async function importPending(
  folder: Folder,
  spool: FeedSpool,
): Promise<number> {
  let count = 0;
  for await (const batch of readBatches(folder, "pending")) {
    await spool.append(pageOf(batch.map(({ text }) => text)), {
      format: "json",
      items: batch.length,
    });
    // If the process dies here, the batch is imported and delivered once more, which a handler must bear anyway.
    await moveTo(folder, {
      from: "pending",
      to: "imported/pending",
      names: batch.map(({ name }) => name),
    });
    count += batch.length;
  }
  return count;
}

async function importDeadLetters(
  folder: Folder,
  spool: FeedSpool,
): Promise<number> {
  let count = 0;
  for await (const batch of readBatches(folder, "deadletter")) {
    await bury(spool, batch);
    await moveTo(folder, {
      from: "deadletter",
      to: "imported/deadletter",
      names: batch.map(({ name }) => name),
    });
    count += batch.length;
  }
  return count;
}

async function bury(spool: FeedSpool, batch: readonly Stored[]): Promise<void> {
  const events = batch.map(({ event: { _deadletter, ...event } }) =>
    JSON.stringify(event)
  );
  await spool.append(pageOf(events), { format: "json", items: batch.length });
  const consumer = await spool.consume();
  if (!consumer) {
    throw new KvError("Cannot import: another run holds the lease", {
      retryable: true,
    });
  }
  try {
    for (
      let items = await consumer.next();
      items;
      items = await consumer.next()
    ) {
      for (const [i, item] of items.entries()) {
        await consumer.deadLetter(item, noteOf(batch[i]));
      }
    }
  } finally {
    await consumer.release();
  }
}

/** The old note holds the handler's message, which may be personal data: only the class is kept. */
function noteOf(
  stored: Stored | undefined,
): { failure: { name: string }; attempts: number; subject: string | null } {
  const note = stored?.event["_deadletter"];
  const { error, attempts } = isObject(note) ? note : {} as JsonObject;
  const name = /^[A-Za-z_$][\w$.]{0,63}(?=: )/.exec(String(error))?.[0] ??
    "Error";
  return {
    failure: { name },
    attempts: Number.isSafeInteger(attempts) ? Number(attempts) : 1,
    subject: null,
  };
}

async function* readBatches(
  folder: Folder,
  name: "pending" | "deadletter",
): AsyncGenerator<Stored[]> {
  let batch: Stored[] = [];
  for (const file of await listEvents(folder, name)) {
    const stored = await readEvent(folder, { name, file });
    if (stored) batch.push(stored);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function listEvents(
  { files, dir }: Folder,
  name: string,
): Promise<string[]> {
  const names = await files.readdir(`${dir}/${name}`).catch((cause) => {
    if (isMissing(cause)) return [];
    throw unreadable(dir, cause);
  });
  // Sixteen digits sort as numbers do.
  return names.filter((file) => NAME.test(file)).sort();
}

async function readEvent(
  folder: Folder,
  at: { name: string; file: string },
): Promise<Stored | undefined> {
  const text = await folder.files.readFile(
    `${folder.dir}/${at.name}/${at.file}`,
    "utf-8",
  );
  const event = parseJson(text);
  if (isObject(event)) return { name: at.file, text, event };
  await moveTo(folder, {
    from: at.name,
    to: `damaged/${at.name}`,
    names: [at.file],
  });
  folder.damaged.push(`${at.name}/${at.file}`);
  return undefined;
}

async function moveTo(
  { files, dir }: Folder,
  move: { from: string; to: string; names: readonly string[] },
): Promise<void> {
  await files.mkdir(`${dir}/${move.to}`, { recursive: true, mode: 0o700 });
  for (const name of move.names) {
    await files.rename(
      `${dir}/${move.from}/${name}`,
      `${dir}/${move.to}/${name}`,
    );
  }
}

async function openFolder(dir: string): Promise<Folder> {
  const files = hostFiles();
  if (!files) throw unreadable(dir, undefined);
  await files.readdir(dir).catch((cause) => {
    throw unreadable(dir, cause);
  });
  return { files, dir, damaged: [] };
}

function unreadable(dir: string, cause: unknown): ConfigError {
  const message = "wanted a folder that can be read";
  return new ConfigError(`Cannot import ${dir}: ${message}`, {
    cause,
    problems: [{ field: "dir", message }],
  });
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}

function pageOf(events: readonly string[]): Uint8Array<ArrayBuffer> {
  return encodeUtf8(`{"changes":[${events.join(",")}]}`);
}
