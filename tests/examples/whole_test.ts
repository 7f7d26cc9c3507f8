import { assertEquals } from "@std/assert";
import { example, finish } from "./_child.ts";

Deno.test("whole/main.ts carries changes and webhooks through an action into a store, a CRM and the system of a partner", async () => {
  const { code, out, err } = await finish(example("whole/main.ts"));

  assertEquals(code, 0, err);
  assertEquals(out.trimEnd().split("\n"), [
    "feed: 2 delivered, 1 given up",
    "inbox: 1 delivered",
    "outbox: 3 delivered, 2 had to be repeated",
    "  company: anna anna@new.example",
    "  partner: anna anna@new.example",
    "  company: björn bjorn@new.example",
    "  partner: björn bjorn@new.example",
    "  crm: anna anna@new.example",
    "  crm: björn bjorn@new.example",
  ]);
});
