import { assert } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { file, FlowFlex } from "../../src/flowflex/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import {
  API_KEY,
  API_SECRET,
  clientOf,
  SIGNATURE,
  startPlatform,
} from "../flowflex/_platform.ts";
import { Evidence } from "./_evidence.ts";
import { hostileFetch, STRIKES } from "./_hostile_fetch.ts";

function planted(): Evidence {
  const evidence = new Evidence();
  evidence.plant("api secret", API_SECRET);
  evidence.plant("signature", SIGNATURE);
  evidence.plant("login", btoa(`${API_KEY}:x`).slice(0, 20));
  return evidence;
}

Deno.test("FlowFlex shows no planted secret, whatever the platform and its storage do", async () => {
  await using platform = startPlatform();
  const evidence = planted();
  // What a server answers may repeat what it was sent, and nobody can know that; the store shows nothing of it.
  const stored = new Evidence();
  const content = stored.plant("file", "pl4nted-content-of-a-file");
  const value = stored.plant("payload", "pl4nted-value-of-payload");
  const hostile = hostileFetch((url, init) => fetch(url, init));
  const kv = memoryKv();
  const client = clientOf(platform, {
    kv,
    sealingKey: generateSealingKey(),
    fetch: hostile.fetch,
    maxRetries: 1,
  });
  const payload = (): object => ({
    to: value,
    invoice: file(new Blob([content]), { filename: "a.txt" }),
  });
  for (const strike of STRIKES) {
    for (const where of [/upload-url/, /bucket/, /events?$/]) {
      hostile.strike(strike, where);
      await evidence.attempt(() =>
        client.sendEvent("a", { payload: payload() } as never)
      );
      await evidence.attempt(() =>
        client.sendEventDurably("b", { payload: payload() } as never)
      );
      await evidence.attempt(() => client.processSends({ maxRetries: 0 }));
      await evidence.addStore(kv);
      await stored.addStore(kv);
      hostile.strike(undefined);
    }
  }
  await evidence.attempt(() => client.health());
  evidence.add("answer", client);
  assert(hostile.struck > STRIKES.length);
  for (const kind of ["error", "store", "answer"] as const) {
    assert(evidence.count(kind) > 10, kind);
  }
  evidence.assertClean();
  stored.assertClean();
});

Deno.test("FlowFlex refuses options and payloads without showing a planted secret", async () => {
  const evidence = planted();
  const value = evidence.plant("value", "pl4nted-value-of-payload");
  const good = {
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    integrationCode: "ic_1",
    baseUrl: "https://flowflex.example",
  };
  const bad: object[] = [
    { ...good, apiKey: "" },
    { ...good, apiKey: `${value}\n` },
    { ...good, apiSecret: { value } },
    { ...good, baseUrl: `https://anna:${value}@flowflex.example/?x=${value}` },
    { ...good, baseUrl: value },
    { ...good, integrationCode: `${value}\n` },
    { ...good, kv: memoryKv(), sealingKey: value },
  ];
  for (const options of bad) {
    await evidence.attempt(() => new FlowFlex(options as never));
  }
  const client = new FlowFlex(good);
  const circle: Record<string, unknown> = { value };
  circle["self"] = circle;
  const payloads: unknown[] = [
    value,
    circle,
    { a: () => value },
    { a: value, b: BigInt(7) },
  ];
  for (const payload of payloads) {
    await evidence.attempt(() => client.sendEvent("a", { payload } as never));
  }
  await evidence.attempt(() => client.sendEvent(`a\n${value}`));
  assert(evidence.count("error") >= bad.length);
  evidence.assertClean();
});
