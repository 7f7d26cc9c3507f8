import { assert, assertEquals, assertRejects } from "@std/assert";
import { ValidationError } from "../../src/errors.ts";
import type { NewSubscription, WebhookSender } from "../../src/delivery/mod.ts";
import { all, makeSender, SEALING_KEY } from "./_sender.ts";

const TO = "https://example.com/hooks";
const PAID = { name: "invoice.paid", data: { number: 42 } };

async function idOf(
  sender: WebhookSender,
  given: NewSubscription,
): Promise<string> {
  return (await sender.subscribe(given)).subscription.id;
}

function permissive(): ReturnType<typeof makeSender> {
  return makeSender({ permissions: () => true });
}

Deno.test("WebhookSender.subscriptions() walks those that subscribe() stored, and subscription() reads one", async () => {
  const { sender } = permissive();
  const id = await idOf(sender, { to: TO, owner: "ann" });
  await sender.subscribe({ to: TO, owner: "bob" });
  assertEquals((await all(sender.subscriptions())).length, 2);
  const [ann, ...others] = await all(sender.subscriptions({ owner: "ann" }));
  assertEquals([ann?.id, others], [id, []]);
  assertEquals((await sender.subscription(id))?.owner, "ann");
  assertEquals(await sender.subscription("nobody"), undefined);
});

Deno.test("WebhookSender.remove() takes a subscription with what waits for it", async () => {
  const { sender, sent } = makeSender();
  const id = await idOf(sender, { to: TO });
  await sender.emit(PAID);
  assertEquals([await sender.remove(id), await sender.remove(id)], [
    true,
    false,
  ]);
  await sender.deliverDue();
  assertEquals(sent, []);
});

Deno.test("WebhookSender.removeForOwner() removes those of the owner alone", async () => {
  const { sender } = permissive();
  const id = await idOf(sender, { to: TO, owner: "ann" });
  const other = await idOf(sender, { to: TO, owner: "bob" });
  assertEquals(await sender.removeForOwner("ann"), [id]);
  const left = await all(sender.subscriptions());
  assertEquals(left.map((each) => each.id), [other]);
});

Deno.test("WebhookSender.reconcile() plans without doing it, does it, and does nothing the second time", async () => {
  const { sender } = makeSender();
  const declared = [{ name: "billing", to: TO, for: "invoice" }];
  const { added: planned } = await sender.reconcile(declared, { apply: false });
  assertEquals(planned.map(({ name }) => name), ["billing"]);
  assertEquals(await all(sender.subscriptions()), []);
  assertEquals((await sender.reconcile(declared)).added.length, 1);
  const { added, unchanged } = await sender.reconcile(declared);
  assertEquals([added.length, unchanged.length], [0, 1]);
});

Deno.test("WebhookSender.rotateSecret() signs with both secrets for the time that was said", async () => {
  const { sender, sent, clock } = makeSender();
  const { subscription: { id }, secret } = await sender.subscribe({ to: TO });
  const { secret: next } = await sender.rotateSecret(id, { overlapMs: 60_000 });
  assert(next !== null && next !== secret);
  await sender.emit(PAID);
  await sender.deliverDue();
  await clock.sleep(60_001);
  await sender.emit(PAID);
  await sender.deliverDue();
  const signatures = sent.map(({ headers }) =>
    headers.get("webhook-signature")?.split(" ").length
  );
  assertEquals(signatures, [2, 1]);
});

Deno.test("WebhookSender.explain() says of each subscription whether it would get an event", async () => {
  const { sender } = makeSender();
  const id = await idOf(sender, { to: TO, for: "invoice" });
  const other = await idOf(sender, { to: TO, for: "order" });
  const found = await all(sender.explain(PAID));
  assertEquals(
    new Map(found.map((one) => [one.subscription.id, one.receives])),
    new Map([[id, true], [other, false]]),
  );
});

Deno.test("WebhookSender.explain() refuses what is no event", async () => {
  const { sender } = makeSender();
  await assertRejects(
    async () => await all(sender.explain({ name: "", data: {} })),
    ValidationError,
  );
});

Deno.test("WebhookSender.update() sends what comes later to the new target", async () => {
  const { sender, sent } = makeSender();
  const id = await idOf(sender, { to: TO });
  const changes = { to: "https://example.org/new" };
  const updated = await sender.update(id, { changes });
  assertEquals(updated.id, id);
  await sender.emit(PAID);
  await sender.deliverDue();
  assertEquals(sent.map(({ url }) => url), ["https://example.org/new"]);
});

Deno.test("WebhookSender.resealSubscriptions() lets the old key go", async () => {
  const { sender: before, kv } = makeSender();
  await before.subscribe({ to: TO });
  const key = SEALING_KEY.replace("seal_A", "seal_B");
  const { sender: during } = makeSender({ kv, sealingKey: [key, SEALING_KEY] });
  assertEquals(await during.resealSubscriptions(), 1);
  const { sender: after, sent } = makeSender({ kv, sealingKey: key });
  await after.emit(PAID);
  await after.deliverDue();
  assertEquals(sent.length, 1);
});

Deno.test("WebhookSender.deliveries() gives those that wait, one behind another of its entity too, and those that ended", async () => {
  let status = 500;
  const { sender, clock } = makeSender({
    answer: () => new Response(null, { status }),
  });
  const id = await idOf(sender, { to: TO, ordered: true });
  for (const number of [1, 2]) {
    await sender.emit({ name: "invoice.paid", entity: "42", data: { number } });
  }
  await sender.deliverDue();
  const pending = await all(sender.deliveries(id, { only: "pending" }));
  assertEquals(
    pending.map(({ status, attempts, dueAt }) => [
      status,
      attempts,
      dueAt === null,
    ]),
    [["pending", 1, false], ["pending", 0, true]],
  );
  assertEquals(pending[0]?.lastAttempts.map((one) => one.response?.status), [
    500,
  ]);
  assertEquals(await all(sender.deliveries(id, { only: "ended" })), []);

  status = 200;
  await clock.sleep(86_400_000);
  await sender.deliverDue();
  assertEquals(await all(sender.deliveries(id, { only: "pending" })), []);
  const ended = await all(sender.deliveries(id));
  assertEquals(ended.map(({ event }) => event), pending.map((p) => p.event));
  assertEquals(ended.map(({ attempts }) => attempts), [2, 1]);
});

Deno.test("WebhookSender.deliverDue() sends nothing to a principal that is missing by then, and suspends after some", async () => {
  const { sender, sent } = makeSender({
    permissions: ({ phase }) => phase === "enqueue" ? true : "missing",
  });
  const limits = { preconditionFailureLimit: 2 };
  const id = await idOf(sender, { to: TO, owner: "ann", limits });
  const states: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    await sender.emit(PAID);
    const { missing, disabled } = await sender.deliverDue();
    const active = (await sender.subscription(id))?.active;
    states.push([missing, disabled, active]);
  }
  assertEquals(states, [[1, 0, true], [1, 1, false]]);
  assertEquals(sent, []);
  const ended = await all(sender.deliveries(id, { only: "ended" }));
  assertEquals(ended.map(({ status, message }) => [status, message]), [
    ["missing", "No such principal or permission"],
    ["missing", "No such principal or permission"],
  ]);
});
