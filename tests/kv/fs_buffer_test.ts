import { assert, assertEquals } from "@std/assert";
import { WriteBuffer } from "../../src/kv/_fs_buffer.ts";

const utf8 = new TextEncoder();

Deno.test("WriteBuffer joins texts and bytes, and says how many bytes each takes", () => {
  const buffer = new WriteBuffer();
  assertEquals(buffer.addText("aé€😀"), 10);
  assertEquals(buffer.addBytes(Uint8Array.of(0, 255)), 2);
  assertEquals(buffer.addText(""), 0);
  assertEquals([...buffer.bytes], [...utf8.encode("aé€😀"), 0, 255]);
});

for (const length of [4_096, 65_536, 65_537, 3_000_000]) {
  Deno.test(`WriteBuffer keeps what precedes a text and a blob of ${length} when it grows`, () => {
    const buffer = new WriteBuffer();
    const text = "€".repeat(length);
    buffer.addText("first");
    assertEquals(buffer.addText(text), 3 * length);
    assertEquals(buffer.addBytes(new Uint8Array(length).fill(7)), length);
    const wanted = utf8.encode(`first${text}${"\u0007".repeat(length)}`);
    assertEquals(buffer.bytes.length, wanted.length);
    assertEquals(buffer.bytes.every((byte, i) => byte === wanted[i]), true);
  });
}

Deno.test("clear() begins anew, and lets go of memory beyond two mebibytes", () => {
  const buffer = new WriteBuffer();
  buffer.addBytes(new Uint8Array(3 * 1024 * 1024));
  buffer.clear();
  assertEquals(buffer.bytes.length, 0);
  buffer.addText("next");
  assertEquals([...buffer.bytes], [...utf8.encode("next")]);
  assertEquals(buffer.bytes.buffer.byteLength <= 2 * 1024 * 1024, true);
});

Deno.test("WriteBuffer grows so seldom that many small parts cost no more than a few large ones", () => {
  const buffer = new WriteBuffer();
  const part = new Uint8Array(10_000);
  const rooms = new Set<ArrayBufferLike>();
  for (let i = 0; i < 2_000; i++) {
    buffer.addBytes(part);
    rooms.add(buffer.bytes.buffer);
  }
  assertEquals(buffer.bytes.length, 20_000_000);
  assert(rooms.size < 20, `it was copied ${rooms.size} times`);
});
