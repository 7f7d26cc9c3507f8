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

Deno.test("encodedHider() takes little time for many secrets that begin alike", () => {
  const alike = "a".repeat(200);
  const secrets = Array.from({ length: 1_000 }, (_, i) => `${alike}${i}`);
  const text = btoa("a".repeat(8_000));
  const began = performance.now();
  assertEquals(encodedHider(secrets)(text), "[redacted]");
  assertEquals(encodedHider(secrets)(text.slice(0, 30)), text.slice(0, 30));
  assert(performance.now() - began < 2_000);
});

Deno.test("encodedHider() tells many secrets apart that begin with the same letters", () => {
  const secrets = Array.from({ length: 100 }, (_, i) => `same-${i + 100}-end`);
  for (const before of ["", "a", "ab"]) {
    const hidden = btoa(`${before}same-150-end.`);
    const shown = btoa(`${before}same-250-end.`);
    assertEquals(
      encodedHider(secrets)(`${hidden} ${shown}`),
      `[redacted] ${shown}`,
    );
  }
});
