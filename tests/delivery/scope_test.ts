import { assertEquals, assertThrows } from "@std/assert";
import { ancestors, parseScope } from "../../src/delivery/matching/scope.ts";
import { ValidationError } from "../../src/errors.ts";

Deno.test("parseScope() gives the one form of a path", () => {
  const cases: readonly (readonly [text: string, scope?: string])[] = [
    ["/"],
    ["/NOAA"],
    ["/NOAA/NWS/OUN"],
    ["/NOAA/", "/NOAA"],
    ["/noaa"],
    ["/a b/c.d/..."],
    ["/Ko\u0308ln", "/K\u00f6ln"],
    ["/a%2Fb\\c"],
    ["/1".repeat(16)],
    [`/${"a".repeat(511)}`],
  ];
  for (const [text, scope = text] of cases) {
    assertEquals(parseScope(text), scope);
    assertEquals(parseScope(scope), scope);
  }
});

Deno.test("parseScope() refuses what could be read in two ways", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    ["", "wanted a path that begins with /"],
    ["NOAA", "wanted a path that begins with /"],
    [undefined, "wanted a path that begins with /"],
    [["/a"], "wanted a path that begins with /"],
    ["//", "wanted segments with a name and no blank around it"],
    ["/a//b", "wanted segments with a name"],
    ["/a//", "wanted segments with a name"],
    ["/ a", "wanted segments with a name and no blank around it"],
    ["/a\u00a0", "wanted segments with a name"],
    ["/.", "wanted segments other than . and .."],
    ["/a/../b", "wanted segments other than . and .."],
    ["/a/*", "wanted segments without *"],
    ["/a\n", "wanted a path without characters that are not seen"],
    ["/a\0b", "wanted a path without characters that are not seen"],
    ["/a\u202eb", "wanted a path without characters that are not seen"],
    ["/a\u2028b", "wanted a path without characters that are not seen"],
    ["/\ud800", "wanted a path without characters that are not seen"],
    ["/1".repeat(17), "wanted at most 16 segments"],
    [`/${"a".repeat(512)}`, "wanted at most 512 bytes"],
    [`/${"ü".repeat(256)}`, "wanted at most 512 bytes"],
  ];
  for (const [text, wanted] of cases) {
    const error = assertThrows(
      () => parseScope(text as string),
      ValidationError,
      `Cannot use scope: ${wanted}`,
      String(text),
    );
    assertEquals(error.field, "scope");
  }
});

Deno.test("ancestors() lists a scope and all above it from the root down", () => {
  assertEquals(ancestors("/"), ["/"]);
  assertEquals(ancestors("/NOAA"), ["/", "/NOAA"]);
  assertEquals(ancestors("/NOAA/NWS/OUN"), [
    "/",
    "/NOAA",
    "/NOAA/NWS",
    "/NOAA/NWS/OUN",
  ]);
});
