import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  compileGlob,
  isNoun,
  parseEventName,
  parsePattern,
} from "../../src/delivery/matching/glob.ts";
import { ValidationError } from "../../src/errors.ts";
import { seeded } from "../_support/seeded.ts";

// The plain definition: a star takes nothing, or one character more.
function matchesSlowly(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] !== "*") {
    return text[0] === pattern[0] &&
      matchesSlowly(pattern.slice(1), text.slice(1));
  }
  return matchesSlowly(pattern.slice(1), text) ||
    (text !== "" && matchesSlowly(pattern, text.slice(1)));
}

Deno.test("compileGlob() matches the whole text and minds letter case", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["invoice", "invoice", true],
    ["invoice", "invoices", false],
    ["invoice", "Invoice", false],
    ["*", "invoice.line", true],
    ["*", "", true],
    ["invoice*", "invoice", true],
    ["invoice*", "invoice.line", true],
    ["*.line", "invoice.line", true],
    ["*.line", "line", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "a.b.b.c", true],
    ["a*b*c", "a.c.b", false],
    ["*ab*ab*", "abab", true],
    ["*ab*ab*", "abb", false],
    ["*ab*b", "ab", false],
    ["a**b", "ab", true],
    ["a.b", "axb", false],
  ];
  for (const [pattern, text, wanted] of cases) {
    assertEquals(
      compileGlob(pattern).matches(text),
      wanted,
      `${pattern} ${text}`,
    );
  }
});

Deno.test("compileGlob() agrees with the plain definition", () => {
  const random = seeded(7);
  const make = (letters: string, length: number): string =>
    Array.from({ length }, () => letters[Math.floor(random() * letters.length)])
      .join("");
  let matched = 0;
  for (let i = 0; i < 5000; i++) {
    const pattern = make("ab*", Math.floor(random() * 8));
    const text = make("ab", Math.floor(random() * 9));
    const matches = compileGlob(pattern).matches(text);
    assertEquals(matches, matchesSlowly(pattern, text), `${pattern} ${text}`);
    if (matches) matched++;
  }
  assert(matched > 500);
});

Deno.test("compileGlob() tells a literal from a pattern", () => {
  const literal = compileGlob("invoice.line");
  assertEquals([literal.isLiteral, literal.pattern], [true, "invoice.line"]);
  const glob = compileGlob("invoice.*");
  assertEquals([glob.isLiteral, glob.pattern], [false, "invoice.*"]);
});

Deno.test("compileGlob() does not go back over a text that almost matches", () => {
  const glob = compileGlob("*a".repeat(2000) + "*b");
  const start = performance.now();
  assertEquals(glob.matches("a".repeat(100_000)), false);
  assertEquals(glob.matches("a".repeat(100_000) + "b"), true);
  assert(performance.now() - start < 2000);
});

Deno.test("parsePattern() accepts dots for nouns only", () => {
  for (
    const text of ["*", "invoice", "invoice.line", "in*.*", "a-b_C9", "**"]
  ) {
    assertEquals(parsePattern(text, "for").pattern, text);
  }
  for (const text of ["*", "created", "line-*", "*ed"]) {
    assertEquals(parsePattern(text, "when").pattern, text);
  }
  const bad = ["", ".", "a.", ".a", "a..b", "a b", "a/b", "a?", "ü", "a\n"];
  const refused = [
    ...[...bad, "a".repeat(129)].map((text) => [text, "for"] as const),
    ...[...bad, "a.b", "*.b"].map((text) => [text, "when"] as const),
    [undefined as unknown as string, "for"] as const,
  ];
  for (const [text, field] of refused) {
    const error = assertThrows(
      () => parsePattern(text, field),
      ValidationError,
      `Cannot use ${field}: wanted`,
    );
    assertEquals(error.field, field);
  }
});

Deno.test("parseEventName() takes a name apart at its last dot", () => {
  assertEquals(parseEventName("invoice.paid"), {
    noun: "invoice",
    verb: "paid",
  });
  assertEquals(parseEventName("invoice.line.added"), {
    noun: "invoice.line",
    verb: "added",
  });
  assertEquals(parseEventName("A_b-9.x"), { noun: "A_b-9", verb: "x" });
  const longest = `${"a".repeat(126)}.b`;
  assertEquals(parseEventName(longest).verb, "b");
});

Deno.test("parseEventName() refuses what is not noun.verb", () => {
  const names = [
    ..."invoice .paid invoice. . invoice..paid invoice.* *.paid a/b.c".split(
      " ",
    ),
    "",
    "a b.c",
    "a.b\n",
    "invoice.bezählt",
    `${"a".repeat(127)}.b`,
    1 as unknown as string,
  ];
  for (const name of names) {
    const error = assertThrows(
      () => parseEventName(name),
      ValidationError,
      "Cannot use name: wanted noun.verb such as invoice.paid",
    );
    assertEquals(error.field, "name");
  }
});

Deno.test("isNoun() accepts one part or several", () => {
  assertEquals(["a", "a.b", "a.b.c"].every(isNoun), true);
  assertEquals(
    ["", ".", "a.", "a.*", "*", "a".repeat(129)].some(isNoun),
    false,
  );
});
