import { assert, assertEquals } from "@std/assert";
import { hideEncoded } from "../../src/_internal/hide_encoded.ts";

Deno.test("hideEncoded() hides base64 with a secret in it at each alignment, and nothing else", () => {
  for (const before of ["", "a", "ab", "abc"]) {
    const text = `see ${btoa(`${before}planted-secret after`)} and ${
      btoa("harmless text")
    }`;
    assertEquals(
      hideEncoded(text, ["planted-secret"]),
      `see [redacted] and ${btoa("harmless text")}`,
    );
  }
});

Deno.test("hideEncoded() finds the same with few secrets as with many", () => {
  const many = Array.from({ length: 200 }, (_, i) => `other-secret-${i}`);
  const text = `${btoa("planted-secret")} ${btoa("harmless text")}`;
  assertEquals(
    hideEncoded(text, ["planted-secret", ...many]),
    hideEncoded(text, ["planted-secret"]),
  );
});

Deno.test("hideEncoded() takes little time for a text of megabytes", () => {
  const began = performance.now();
  hideEncoded("A".repeat(8_000_000), ["planted-secret", "another-secret"]);
  assert(performance.now() - began < 2_000);
});
