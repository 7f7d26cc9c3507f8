import { unlessAborted } from "../_internal/abort.ts";
import type { Bytes } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";
import { gather } from "../_internal/gather.ts";

/** What arrived of a body and how it ended. */
export interface BodyRead {
  /** Everything that arrived, at most one chunk more than the limit. */
  readonly body: Bytes;
  /** `"broken"`: the stream failed, fell short of its length, or the signal aborted. */
  readonly end: "whole" | "broken" | "too_long";
  /** Why it broke, when something was thrown. */
  readonly cause?: unknown;
}

/** What arrived of a body within a time, and how it ended: `"late"` when it took longer. */
export interface TimedRead extends Omit<BodyRead, "end"> {
  /** How it ended. */
  readonly end: BodyRead["end"] | "late";
}

/** How a stream is read. */
export interface StreamOptions {
  /** Bytes after which reading stops. */
  readonly maxBytes: number;
  /** Stops the reading. */
  readonly signal: AbortSignal;
  /** Is called whenever something has arrived. */
  readonly onProgress?: (() => void) | undefined;
}

/** Reads a stream up to a limit; what goes wrong in it is not thrown, so that what arrived is not lost. */
export async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  { maxBytes, signal, onProgress }: StreamOptions,
): Promise<BodyRead> {
  const reader = stream?.getReader();
  if (!reader) return { body: new Uint8Array(), end: "whole" };
  const gathered = gather();
  try {
    for (let length = 0; length <= maxBytes;) {
      const next = await unlessAborted(reader.read(), signal);
      if (next.done) return { body: gathered.whole(), end: "whole" };
      onProgress?.();
      length += next.value.length;
      gathered.add(next.value);
    }
    return { body: gathered.whole(), end: "too_long" };
  } catch (cause) {
    return { body: gathered.whole(), end: "broken", cause };
  } finally {
    reader.cancel().catch(() => undefined); // the sender may have gone already
  }
}

/** Reads a stream up to a limit and no longer than a time. */
export async function readStreamWithin(
  stream: ReadableStream<Uint8Array> | null,
  { maxBytes, timeoutMs }: { maxBytes: number; timeoutMs: number },
): Promise<TimedRead> {
  const over = new AbortController();
  const { signal } = over;
  const stop = (): void => over.abort(STOPPED);
  systemClock.sleep(timeoutMs, signal).then(stop, () => undefined);
  const read = await readStream(stream, { maxBytes, signal }).finally(stop);
  return read.cause === STOPPED ? { body: read.body, end: "late" } : read;
}

// Without a reason the host makes an exception with its stack for each body that is read.
const STOPPED: unique symbol = Symbol("stopped");
