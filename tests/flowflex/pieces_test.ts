import { assertEquals } from "@std/assert";
import { pieces } from "../../src/flowflex/_pieces.ts";
import { smallChunks } from "../_support/small_chunks.ts";

Deno.test("pieces() holds little more than a piece, whatever buffers the parts are views of", async () => {
  const { stream, length, assertLet } = smallChunks();
  const given: Uint8Array[] = [];
  for await (const piece of pieces(stream, length - 1)) given.push(piece);
  assertLet();
  assertEquals(given, [
    new Uint8Array(length - 1).fill(0x78),
    new Uint8Array(1).fill(0x78),
  ]);
});

Deno.test("pieces() cuts the same bytes anew, whatever their parts", async () => {
  const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251);
  for (const size of [1_000, 9_000, 50_000, 60_000]) {
    for (const part of [1, 8_192, 8_193, 30_000, 50_000]) {
      const given: number[] = [];
      const lengths = [];
      for await (const piece of pieces(partsOf(bytes, part), size)) {
        given.push(...piece);
        lengths.push(piece.length);
      }
      assertEquals(given.length, bytes.length);
      assertEquals(given.every((byte, i) => byte === i % 251), true);
      assertEquals(lengths.slice(0, -1).every((each) => each === size), true);
    }
  }
});

async function* partsOf(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}
