import type { feedOf } from "../company_data/client.ts";
import { subjectOf } from "../company_data/pump.ts";
import { KvError } from "../errors.ts";
import { batchesOf, pageOf } from "./_batches.ts";
import { freeIndex } from "./_free_index.ts";
import { eventOf, noteOf, type OldEvent } from "./_old_event.ts";
import type { OldFolder } from "./_old_folder.ts";

/** The feed of a client. */
export type Feed = Awaited<ReturnType<typeof feedOf>>;

/** How much was taken over. */
export interface TakenOver {
  readonly pending: number;
  readonly deadLetters: number;
}

type Consumer = NonNullable<Awaited<ReturnType<Feed["spool"]["consume"]>>>;

interface Move {
  readonly folder: OldFolder;
  readonly feed: Feed;
  readonly consumer: Consumer;
}

/** Moves all events of a folder into a feed, under the lease of its spool from the first look to the end. */
export async function takeOver(
  folder: OldFolder,
  feed: Feed,
): Promise<TakenOver> {
  const consumer = await feed.spool.consume();
  if (!consumer) {
    throw new KvError("Cannot import: another run holds the lease", {
      retryable: true,
    });
  }
  try {
    return await takeAll({ folder, feed, consumer });
  } finally {
    await consumer.release();
  }
}

async function takeAll(move: Move): Promise<TakenOver> {
  const { folder, feed: { spool, importMark } } = move;
  // What waits under the mark came from an import that did not end, and is older than what is still in the folder.
  if (!await importMark.isSet() && await spool.pending() > 0) {
    throw new KvError(
      "Cannot import: events of no unfinished import are pending in the store, deliver them first",
    );
  }
  // If the process dies from here on, nothing newer is fetched until another call has taken the rest.
  const version = await importMark.set(folder.dir);
  const deadLetters = await takeDeadLetters(move);
  const pending = await takePending(move);
  await importMark.clear(version);
  return { pending, deadLetters };
}

async function takePending({ folder, feed, consumer }: Move): Promise<number> {
  let count = 0;
  for await (const batch of batchesOf(folder.events("pending"))) {
    consumer.signal.throwIfAborted();
    await feed.spool.append(pageOf(batch), {
      format: "json",
      items: batch.length,
    });
    // If the process dies here, the batch is imported and delivered once more, which a handler must bear anyway.
    await folder.moveImported("pending", batch.map(({ name }) => name));
    count += batch.length;
  }
  return count;
}

async function takeDeadLetters(move: Move): Promise<number> {
  let count = 0;
  for await (const old of move.folder.events("deadletter")) {
    await bury(move, old);
    await move.folder.moveImported("deadletter", [old.name]);
    count++;
  }
  return count;
}

async function bury({ feed, consumer }: Move, old: OldEvent): Promise<void> {
  const event = eventOf(old);
  await consumer.importDeadLetter({
    index: await freeIndex(feed.spool, { number: old.number, event }),
    value: { row: event },
    note: { ...noteOf(old), subject: subjectOf(event) },
  });
}
