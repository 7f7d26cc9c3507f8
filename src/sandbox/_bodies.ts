import type { Bytes } from "../_internal/bytes.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";

const CHUNK_BYTES = 64 * 1024;

/** Gives the bytes, then breaks the connection. */
export function brokenBody(bytes: Bytes): ReadableStream<Uint8Array> {
  return bodyThen(bytes, async (controller) => {
    // Without a turn of the event loop a server may see the end first and send none of the bytes.
    await systemClock.sleep(0);
    controller.error(
      new TypeError("Cannot send the rest: the sandbox broke the connection"),
    );
  });
}

/** Gives the bytes, then nothing until the signal aborts. */
export function stalledBody(
  bytes: Bytes,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  return bodyThen(bytes, async (controller) => {
    await aborted(signal);
    controller.error(signal.reason);
  });
}

/** A text of so many bytes: the head, as many letters as it takes, the tail. */
export function paddedBody(
  parts: { head: string; tail: string },
  bytes: number,
): ReadableStream<Uint8Array> {
  const head = encodeUtf8(parts.head);
  const tail = encodeUtf8(parts.tail);
  const letters = new Uint8Array(CHUNK_BYTES).fill(0x61);
  let left = Math.max(0, bytes - head.length - tail.length);
  return new ReadableStream({
    start: (controller) => controller.enqueue(head),
    pull(controller): void {
      if (left > 0) {
        const chunk = letters.slice(0, Math.min(left, CHUNK_BYTES));
        left -= chunk.length;
        return controller.enqueue(chunk);
      }
      controller.enqueue(tail);
      controller.close();
    },
  });
}

function bodyThen(
  bytes: Bytes,
  end: (
    controller: ReadableStreamDefaultController<Uint8Array>,
  ) => Promise<void>,
): ReadableStream<Uint8Array> {
  let given = bytes.length === 0;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      if (given) return await end(controller);
      given = true;
      controller.enqueue(bytes);
    },
  }, { highWaterMark: 0 });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
