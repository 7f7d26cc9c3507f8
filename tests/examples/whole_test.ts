import { assertEquals } from "@std/assert";
import { example, finish } from "./_child.ts";

Deno.test("whole/main.ts carries changes through an action and lists them by a connector", async () => {
  const { code, out, err } = await finish(example("whole/main.ts"));

  assertEquals(code, 0, err);
  assertEquals(out.trimEnd().split("\n"), [
    "3 delivered, 1 given up",
    "anna anna@new.example",
    "björn bjorn@new.example",
  ]);
});
