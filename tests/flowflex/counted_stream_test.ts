import { assert, assertEquals, assertRejects } from "@std/assert";
import { countedStream } from "../../src/flowflex/_counted_stream.ts";

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(2);
  yield new Uint8Array(2);
}

Deno.test("countedStream() blames nobody for what is read after it was let go", async () => {
  const failures: unknown[] = [];
  const { stream, close } = countedStream(pieces(), {
    size: 4,
    onBytes: () => {},
    onFailure: (error) => failures.push(error),
  });
  const reader = stream.getReader();
  assertEquals((await reader.read()).value?.length, 2);
  await close();
  await assertRejects(() => reader.read(), Error, "there are fewer");
  assertEquals(failures, []);
});

Deno.test("countedStream() gives the last bytes only when it knows that they are the last", async () => {
  let read = 0;
  const failures: unknown[] = [];
  const { stream } = countedStream(pieces(), {
    size: 2,
    onBytes: (count) => read = count,
    onFailure: (error) => failures.push(error),
  });
  await assertRejects(
    () => new Response(stream).bytes(),
    Error,
    "there are more",
  );
  assertEquals([read, failures.length], [0, 1]);
  assert(failures[0] instanceof Error);
});

Deno.test("countedStream() says what is wanted of a source that gives no bytes", async () => {
  async function* texts(): AsyncGenerator<Uint8Array> {
    yield "text" as never;
  }
  async function* nothing(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array();
  }
  for (
    const [source, message] of [
      [texts, "Cannot use source: wanted a stream of bytes"],
      [
        nothing,
        "Cannot use source: wanted bytes, got 1000 empty pieces in a row",
      ],
    ] as const
  ) {
    const failures: unknown[] = [];
    const { stream } = countedStream(source(), {
      size: 4,
      onBytes: () => {},
      onFailure: (error) => failures.push(error),
    });
    const error = await assertRejects(
      () => new Response(stream).bytes(),
      TypeError,
    );
    assertEquals(error.message, message);
    assertEquals(failures, [error]);
  }
});
