import { assertEquals } from "@std/assert";
import { escapeToken, toPointer } from "../../src/_internal/json_pointer.ts";

Deno.test("toPointer() writes the pointers of RFC 6901 section 5", () => {
  const places: [tokens: (string | number)[], pointer: string][] = [
    [[], ""],
    [["foo", 0], "/foo/0"],
    [[""], "/"],
    [["a/b"], "/a~1b"],
    [["m~n"], "/m~0n"],
    [["c%d", " "], "/c%d/ "],
    [["~1"], "/~01"], // not the pointer of "/"
  ];
  for (const [tokens, pointer] of places) {
    assertEquals(toPointer(tokens), pointer);
  }
});

Deno.test("escapeToken() escapes each tilde and each slash", () => {
  assertEquals(escapeToken("~a/~/"), "~0a~1~0~1");
});
