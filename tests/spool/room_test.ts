import { assertEquals, assertStrictEquals } from "@std/assert";
import { Room } from "../../src/spool/_room.ts";

const TWO_MIB = 2 * 1024 * 1024;

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

Deno.test("join() gives the same memory again once it was given back", () => {
  const room = new Room();
  const first = room.join([filled(100, 1), filled(50, 2)]);
  assertEquals([...first], [...filled(100, 1), ...filled(50, 2)]);
  room.giveBack(first);
  const second = room.join([filled(20, 3)]);
  assertEquals([...second], [...filled(20, 3)]);
  assertStrictEquals(second.buffer, first.buffer);
});

Deno.test("join() touches nothing that was not given back", () => {
  const room = new Room();
  const first = room.join([filled(10, 1)]);
  const second = room.join([filled(10, 2)]);
  room.giveBack(second);
  room.join([filled(10, 3)]);
  assertEquals([...first], [...filled(10, 1)]);
  assertEquals([...second], [...filled(10, 2)]);
});

Deno.test("join() does not keep memory for what is larger than two mebibytes", () => {
  const room = new Room();
  const first = room.join([filled(TWO_MIB, 1), filled(1, 2)]);
  assertEquals([first.length, first.at(-1)], [TWO_MIB + 1, 2]);
  room.giveBack(first);
  const second = room.join([filled(1, 3)]);
  assertEquals(second.buffer === first.buffer, false);
  assertEquals(second.buffer.byteLength <= TWO_MIB, true);
});
