import { assert, assertEquals } from "@std/assert";
import { gather } from "../../src/_internal/gather.ts";
import { chunkOf } from "../_support/small_chunks.ts";

const BUFFER_BYTES = 64 * 1024;

function heldBytes(parts: readonly Uint8Array[]): number {
  const buffers = new Set(parts.map(({ buffer }) => buffer));
  return [...buffers].reduce((sum, each) => sum + each.byteLength, 0);
}

for (const length of [1, 100, 8_192, 8_193, 20_000, BUFFER_BYTES]) {
  Deno.test(`gather() holds at most twice the bytes of chunks of ${length}`, () => {
    const gathered = gather();
    for (let i = 0; i < 50; i++) gathered.add(chunkOf(length, i));
    const parts = gathered.parts();
    assert(heldBytes(parts) <= 2 * 50 * length, `${heldBytes(parts)}`);
    assert(parts.length <= Math.ceil(50 * length / 8_192));
  });
}

Deno.test("gather() holds at most twice the bytes when small and large chunks take turns", () => {
  const gathered = gather();
  for (let i = 0; i < 50; i++) {
    gathered.add(chunkOf(1, i));
    gathered.add(chunkOf(8_200, i));
  }
  assert(heldBytes(gathered.parts()) <= 2 * 50 * 8_201);
});

Deno.test("gather() copies no chunk that fills its buffer", () => {
  const gathered = gather();
  const full = chunkOf(BUFFER_BYTES, 1);
  gathered.add(full);
  assert(gathered.parts()[0] === full);
});

Deno.test("gather() keeps the order whatever the sizes, also of what is reused by its sender", () => {
  const gathered = gather();
  const lengths = [1, 8_192, 8_193, 0, 3, 65_536, 8_192, 8_192, 1, 8_193];
  for (const [i, length] of lengths.entries()) gathered.add(chunkOf(length, i));
  const own = Uint8Array.of(10);
  gathered.add(own);
  own[0] = 99;
  gathered.add(Uint8Array.of(11));
  const expected = [...lengths, 1, 1].flatMap((length, i) =>
    Array<number>(length).fill(i)
  );
  assertEquals(gathered.whole(), new Uint8Array(expected));
  assertEquals(gather().whole(), new Uint8Array());
});

Deno.test("gather() goes on after its bytes were taken", () => {
  const gathered = gather();
  gathered.add(Uint8Array.of(1));
  assertEquals(gathered.whole(), Uint8Array.of(1));
  gathered.add(Uint8Array.of(2));
  assertEquals(gathered.whole(), Uint8Array.of(1, 2));
});
