import { assertEquals, assertRejects } from "@std/assert";
import { unlessAborted } from "../../src/_internal/abort.ts";

Deno.test("unlessAborted() settles as the promise does when there is no signal or none that aborts", async () => {
  const { signal } = new AbortController();
  for (const each of [undefined, signal]) {
    assertEquals(await unlessAborted(Promise.resolve(1), each), 1);
    const failing = Promise.reject(new Error("no"));
    await assertRejects(() => unlessAborted(failing, each), Error, "no");
  }
});

Deno.test("unlessAborted() rejects with the signal's reason when it aborts, before or meanwhile", async () => {
  const controller = new AbortController();
  const waiting = unlessAborted(new Promise(() => {}), controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  const late = Promise.reject(new Error("owned all the same"));
  await assertRejects(
    () => unlessAborted(late, controller.signal),
    Error,
    "enough",
  );
});
