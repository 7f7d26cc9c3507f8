import { assert, assertThrows } from "@std/assert";
import { toHex } from "../../src/_internal/bytes.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { Evidence } from "./_evidence.ts";

const SECRET = "pl4nted/secret+of=é";

/** Ways in which a secret could get out, of which a run must show none. */
const LEAKS: Record<string, (evidence: Evidence) => unknown> = {
  message: (evidence) => evidence.add("error", new Error(`x ${SECRET}`)),
  stack: (evidence) =>
    evidence.add("error", Object.assign(new Error("x"), { stack: SECRET })),
  cause: (evidence) =>
    evidence.add(
      "error",
      new Error("x", { cause: new Error("y", { cause: SECRET }) }),
    ),
  property: (evidence) =>
    evidence.add("error", Object.assign(new Error("x"), { a: { b: SECRET } })),
  "hidden property": (evidence) =>
    evidence.add(
      "error",
      Object.defineProperty(new Error("x"), "a", { value: SECRET }),
    ),
  json: (evidence) => evidence.add("event", { toJSON: () => SECRET }),
  "log line": (evidence) => evidence.logger.warn(`x ${SECRET}`),
  "log field": (evidence) => evidence.logger.info("x", { a: SECRET }),
  event: (evidence) => evidence.onEvent({ a: [SECRET] }),
  store: (evidence) => storeOf({ a: SECRET }, evidence),
  "stored bytes": (evidence) =>
    storeOf(new TextEncoder().encode(`x${SECRET}x`), evidence),
  base64: (evidence) =>
    evidence.add("log", btoa(unescape(encodeURIComponent(`ab${SECRET}c`)))),
  hex: (evidence) =>
    evidence.add("log", toHex(new TextEncoder().encode(SECRET))),
  "a URL": (evidence) => evidence.add("log", encodeURIComponent(SECRET)),
  "a form": (evidence) =>
    evidence.add("log", String(new URLSearchParams({ a: SECRET }))),
};

async function storeOf(value: unknown, evidence: Evidence): Promise<void> {
  const kv = memoryKv();
  await kv.commit({ sets: [{ key: ["a"], value }] });
  await evidence.addStore(kv);
}

for (const [name, leak] of Object.entries(LEAKS)) {
  Deno.test(`Evidence finds a planted secret in ${name}`, async () => {
    const evidence = new Evidence();
    evidence.plant("the secret", SECRET);
    evidence.add("log", "nothing here");
    evidence.assertClean();
    await leak(evidence);
    assertThrows(() => evidence.assertClean(), Error, "the secret is in the");
  });
}

Deno.test("Evidence runs work that gives, throws or rejects", async () => {
  const evidence = new Evidence();
  await evidence.attempt(() => "given");
  await evidence.attempt(() => {
    throw new Error("thrown");
  });
  await evidence.attempt(() => Promise.reject(new Error("rejected")));
  assert(evidence.count("answer") === 1 && evidence.count("error") === 2);
});
