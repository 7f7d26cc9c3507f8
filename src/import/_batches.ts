import { type Bytes, encodeUtf8 } from "../_internal/bytes.ts";
import type { OldEvent } from "./_old_event.ts";

// As many events as the platform gives on one page.
const MOST_EVENTS = 500;
const MOST_BYTES = 1024 * 1024;

/** Events in pieces that are stored at once; one that is larger than a piece is one by itself. */
export async function* batchesOf(
  events: AsyncIterable<OldEvent>,
): AsyncGenerator<readonly OldEvent[]> {
  let batch: OldEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    const isFull = batch.length === MOST_EVENTS ||
      bytes + event.bytes > MOST_BYTES;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += event.bytes;
  }
  if (batch.length > 0) yield batch;
}

/** The page that the platform would have given, with the text of each event as it is. */
export function pageOf(batch: readonly OldEvent[]): Bytes {
  const texts = batch.map(({ text }) => text);
  return encodeUtf8(`{"changes":[${texts.join(",")}]}`);
}
