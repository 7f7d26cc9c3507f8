import { assert, assertEquals, assertRejects } from "@std/assert";
import { readStream, readStreamWithin } from "../../src/http/read_stream.ts";
import { smallChunks } from "../_support/small_chunks.ts";

const BOUNDS = { maxBytes: 10, timeoutMs: 5_000 };

/** Gives the chunks and then does as told; `cancelled` tells whether somebody let go of it. */
function stream(
  chunks: readonly unknown[],
  end: "close" | "hang" | Error = "close",
): { body: ReadableStream<Uint8Array>; cancelled: () => boolean } {
  const left = [...chunks];
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller): void | Promise<void> {
      if (left.length > 0) return controller.enqueue(left.shift());
      if (end === "close") return controller.close();
      if (end === "hang") return new Promise(() => {});
      controller.error(end);
    },
    cancel(): void {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, cancelled: () => cancelled };
}

Deno.test("readStreamWithin() reads a body up to the limit, and none as empty", async () => {
  const { body } = stream([new Uint8Array([1, 2]), new Uint8Array(8).fill(3)]);
  assertEquals(await readStreamWithin(body, BOUNDS), {
    body: new Uint8Array([1, 2, ...Array(8).fill(3)]),
    end: "whole",
  });
  assertEquals(await readStreamWithin(null, BOUNDS), {
    body: new Uint8Array(),
    end: "whole",
  });
});

Deno.test("readStreamWithin() stops after the chunk that passes the limit, and lets go of the rest", async () => {
  const { body, cancelled } = stream([new Uint8Array(9), new Uint8Array(2)]);
  const read = await readStreamWithin(body, BOUNDS);
  assertEquals([read.body.length, read.end], [11, "too_long"]);
  assert(cancelled());
});

Deno.test("readStreamWithin() gives what arrived in time, and lets go of the rest", async () => {
  const { body, cancelled } = stream([new Uint8Array(3)], "hang");
  const read = await readStreamWithin(body, { ...BOUNDS, timeoutMs: 20 });
  assertEquals(read, { body: new Uint8Array(3), end: "late" });
  assert(cancelled());
});

Deno.test("readStreamWithin() gives what arrived before the break, and its cause", async () => {
  const cause = new Error("reset");
  const { body } = stream([new Uint8Array(3)], cause);
  const read = await readStreamWithin(body, BOUNDS);
  assertEquals([read.body.length, read.end], [3, "broken"]);
  assert(read.cause === cause);
});

Deno.test("readStreamWithin() takes a chunk that is nothing for a break", async () => {
  const { body } = stream([new Uint8Array(3), null]);
  const read = await readStreamWithin(body, BOUNDS);
  assertEquals([read.body.length, read.end], [3, "broken"]);
  assert(read.cause instanceof TypeError);
});

Deno.test("readStreamWithin() refuses a stream that somebody else reads, and leaves no timer", async () => {
  const { body } = stream([]);
  body.getReader();
  await assertRejects(() => readStreamWithin(body, BOUNDS), TypeError);
});

Deno.test("readStream() stops by its signal, and tells of each piece", async () => {
  const over = new AbortController();
  const { body, cancelled } = stream([new Uint8Array(1)], "hang");
  const reason = new Error("stop");
  let pieces = 0;
  const read = await readStream(body, {
    maxBytes: 10,
    signal: over.signal,
    onProgress(): void {
      pieces++;
      over.abort(reason);
    },
  });
  assertEquals([read.body.length, read.end, pieces], [1, "broken", 1]);
  assert(read.cause === reason);
  assert(cancelled());
});

Deno.test("readStream() holds little more than the body, whatever buffers its chunks are views of", async () => {
  const { stream: body, length, assertLet } = smallChunks();
  const { signal } = new AbortController();
  const read = await readStream(body, { maxBytes: length, signal });
  assertEquals(read.body, new Uint8Array(length).fill(0x78));
  assertLet();
});
