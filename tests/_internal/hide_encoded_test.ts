import { assert, assertEquals } from "@std/assert";
import { encodedHider } from "../../src/_internal/hide_encoded.ts";

Deno.test("encodedHider() hides base64 with a secret in it at each alignment, and nothing else", () => {
  for (const before of ["", "a", "ab", "abc"]) {
    const text = `see ${btoa(`${before}planted-secret after`)} and ${
      btoa("harmless text")
    }`;
    assertEquals(
      encodedHider(["planted-secret"])(text),
      `see [redacted] and ${btoa("harmless text")}`,
    );
  }
});

Deno.test("encodedHider() finds the same with few secrets as with many", () => {
  const many = Array.from({ length: 200 }, (_, i) => `other-secret-${i}`);
  const text = `${btoa("planted-secret")} ${btoa("harmless text")}`;
  assertEquals(
    encodedHider(["planted-secret", ...many])(text),
    encodedHider(["planted-secret"])(text),
  );
});

Deno.test("encodedHider() takes little time for a text of megabytes", () => {
  const began = performance.now();
  encodedHider(["planted-secret", "another-secret"])("A".repeat(8_000_000));
  assert(performance.now() - began < 2_000);
});
