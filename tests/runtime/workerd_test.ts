import { assertEquals } from "@std/assert";
import { type Outcome, stepThrough } from "./_outcomes.ts";
import { PORTABLE_CHECKS } from "./portable_checks.ts";
import { bundleWorker, startWorkerd } from "./_workerd.ts";

Deno.test("In real workerd, all that holds on Deno holds as well", async (t) => {
  const script = await bundleWorker("./_portable_worker.ts");
  await using workerd = await startWorkerd({ script });
  const outcomes = await workerd.ask<Outcome[]>("/");
  const names = PORTABLE_CHECKS.map(({ name }) => name);
  assertEquals(outcomes.map(({ name }) => name), names);
  await stepThrough(t, outcomes);
});
