import { assert, assertEquals } from "@std/assert";
import { verifySignature } from "../../src/delivery/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { deliveryCrashMatrix } from "../crash/delivery_matrix.ts";
import { all, makeSender } from "../delivery/_sender.ts";
import type { NamedCheck } from "./_outcomes.ts";

const TO = "https://hooks.example.com";

/** The sender over a store in memory, with receivers in the same process. */
export const DELIVERY_CHECKS: readonly NamedCheck[] = [
  {
    name: "deliverDue() delivers with v1 and v1a what verifySignature() takes",
    run: assertSigned,
  },
  {
    name: "deliverDue() repeats, gives up, and replays with one webhook-id",
    run: assertRepeats,
  },
  {
    name: "emit() commits the event with the application's change, or neither",
    run: assertCommitsTogether,
  },
  {
    name: "a sender loses no event when the process dies at any commit",
    run: assertSurvivesCrashes,
  },
];

async function assertSigned(): Promise<void> {
  const { sender, sent, clock } = makeSender();
  const secrets = new Map<string, string>();
  for (const signing of ["v1", "v1a"] as const) {
    const to = `${TO}/${signing}`;
    const { secret, publicKey } = await sender.subscribe({ to, signing });
    secrets.set(to, publicKey ?? secret ?? "");
  }
  await sender.emit({ name: "invoice.paid", data: { text: "ä \u{1f44b}" } });
  assertEquals((await sender.deliverDue()).succeeded, 2);
  for (const { url, headers, body, id } of sent) {
    const verified = await verifySignature(body, headers, {
      secrets: secrets.get(url) ?? "",
      now: clock.now,
    });
    assertEquals(verified.id, id);
    assertEquals(JSON.parse(body).data, { text: "ä \u{1f44b}" });
  }
}

async function assertRepeats(): Promise<void> {
  let isUp = false;
  const { sender, sent, clock } = makeSender({
    answer: () => new Response(null, { status: isUp ? 200 : 503 }),
    retryDelaysMs: [1_000, 2_000],
  });
  const { subscription } = await sender.subscribe({ to: TO });
  await sender.emit({ name: "invoice.paid", data: 1 });
  for (let due = clock.now(); due < Infinity;) {
    await clock.sleep(due - clock.now());
    due = (await sender.deliverDue()).nextDueAt ?? Infinity;
  }
  const [failed] = await all(sender.deliveries(subscription.id));
  assertEquals([failed?.status, failed?.attempts], ["failed", 3]);
  isUp = true;
  await sender.replay(subscription.id, { status: "failed" });
  assertEquals((await sender.deliverDue()).succeeded, 1);
  assertEquals([sent.length, new Set(sent.map(({ id }) => id)).size], [4, 1]);
}

async function assertCommitsTogether(): Promise<void> {
  const { sender, sent, kv } = makeSender();
  await sender.subscribe({ to: TO });
  const commit = {
    checks: [{ key: ["app"], version: null }],
    sets: [{ key: ["app"], value: 1 }],
  };
  const results = [
    await sender.emit({ name: "app.made", data: 1 }, { commit }),
    await sender.emit({ name: "app.made", data: 2 }, { commit }),
  ];
  assertEquals(results.map(({ ok }) => ok), [true, false]);
  assertEquals((await kv.get(["app"]))?.value, 1);
  await sender.deliverDue();
  assertEquals(sent.map(({ body }) => JSON.parse(body).data), [1]);
}

async function assertSurvivesCrashes(): Promise<void> {
  const crashes = await deliveryCrashMatrix(() =>
    Promise.resolve({ kv: memoryKv(), done: () => Promise.resolve() })
  );
  assert(crashes > 50, `only ${crashes} crashes`);
}
