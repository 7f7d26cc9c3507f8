import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  kvContract,
  type KvLimits,
  type KvStore,
} from "../../src/kv/contract.ts";
import { startHost } from "./_host.ts";
import { OBJECT_CHECKS } from "./_object_checks.ts";
import { type Outcome, stepThrough } from "./_outcomes.ts";
import { remoteKv } from "./_remote_kv.ts";

Deno.test("durableObjectKv() in real workerd keeps every rule of the port", async (t) => {
  await using host = await startHost("./_contract_worker.ts");
  const outcomes = await host.workerd.ask<Outcome[]>("/contract");
  assert(outcomes.length > 30, `only ${outcomes.length} checks ran`);
  await stepThrough(t, outcomes);
});

Deno.test("durableObjectKv() in real workerd agrees with the raw storage of its object", async (t) => {
  await using host = await startHost("./_contract_worker.ts");
  for (const name of Object.keys(OBJECT_CHECKS)) {
    const path = `/object?${new URLSearchParams({ check: name })}`;
    await stepThrough(t, await host.workerd.ask<Outcome[]>(path));
  }
});

for (const end of ["stop", "kill"] as const) {
  Deno.test(`durableObjectKv() in real workerd has every commit after ${end}() and a new start`, async (t) => {
    await using host = await startHost("./_contract_worker.ts");
    const { limits } = await host.workerd.ask<{ limits: KvLimits }>("/limits", {
      method: "POST",
      body: "{}",
    });
    let object = 0;
    const open = (): Promise<KvStore> =>
      Promise.resolve(remoteKv(
        (path, init) => host.workerd.ask(`${path}?object=${object}`, init),
        limits,
      ));
    const reopen = async (): Promise<KvStore> => {
      await host.restart(end);
      return await open();
    };
    const checks = kvContract(open, { reopen })
      .filter(({ name }) => name.startsWith("a store opened again"));
    assertEquals(checks.length, 2);
    for (const check of checks) {
      object++;
      await t.step(check.name, () => check.run());
    }
  });
}

Deno.test("durableObjectKv() in real workerd refuses a class that is not backed by SQLite", async () => {
  await using host = await startHost("./_contract_worker.ts", {
    sqlite: false,
  });
  const [outcome] = await host.workerd.ask<Outcome[]>("/open");
  assertStringIncludes(
    outcome?.failure ?? "opened",
    "KvError: Cannot open the store: the class of this Durable Object is not backed by SQLite",
  );
});
