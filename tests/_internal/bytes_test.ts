import { assertEquals } from "@std/assert";
import { encodeUtf8, tryDecodeUtf8 } from "../../src/_internal/bytes.ts";

Deno.test("tryDecodeUtf8() gives the text, its byte order mark too, and undefined for what is not UTF-8", () => {
  for (const text of ["", "ü€😀", "\ufeffa"]) {
    assertEquals(tryDecodeUtf8(encodeUtf8(text)), text);
  }
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
    assertEquals(tryDecodeUtf8(new Uint8Array(bytes)), undefined);
  }
});
