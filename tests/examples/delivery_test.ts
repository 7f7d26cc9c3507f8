import { assertEquals } from "@std/assert";
import { example, finish } from "./_child.ts";

Deno.test("delivery.ts delivers what is committed, repeats what failed, and replays", async () => {
  const { code, out, err } = await finish(example("delivery.ts"));

  assertEquals(err, "");
  assertEquals(code, 0);
  assertEquals(out.trimEnd().split("\n"), [
    "a request without a signature: 401",
    "order 1: kept",
    "order 1 once more: refused, and nobody is told",
    "receiver: order 1",
    "sender: 1 delivered, 0 to be repeated",
    "order 2, while the receiver is down: kept",
    "sender: 0 delivered, 1 to be repeated",
    "receiver: order 2",
    "sender: 1 delivered, 0 to be repeated",
    "receiver: order 1, again",
    "receiver: order 2, again",
    "sender: 2 delivered, 0 to be repeated",
  ]);
});
