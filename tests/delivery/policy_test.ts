import { assert, assertEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";
import type { DeliveryEvent } from "../../src/delivery/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { all, makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";
const EVENT = { name: "invoice.paid", data: { n: 1 } };
const NO_CIRCUIT = { failures: 1_000 };

type Made = ReturnType<typeof makeSender>;

/** Waits until something is due, and delivers it. */
async function deliverNext({ sender, clock }: Made): Promise<void> {
  const { nextDueAt } = await sender.health();
  await clock.sleep(Math.max(0, (nextDueAt ?? 0) - clock.now()));
  await sender.deliverDue({ waitMs: 0 });
}

Deno.test("emit() asks neither DNS nor network", async () => {
  let asked = 0;
  const { sender, sent } = makeSender({
    targetPolicy: {
      resolve: () => {
        asked++;
        return Promise.resolve(["93.184.215.14"]);
      },
    },
  });
  await sender.subscribe({ to: TO });
  asked = 0;
  await sender.emit(EVENT);
  assertEquals([asked, sent.length], [0, 0]);
  await sender.deliverDue();
  assertEquals([asked, sent.length], [1, 1]);
});

Deno.test("deliverDue() sends what the standardwebhooks package verifies", async () => {
  const { sender, sent } = makeSender({
    clock: { now: Date.now, sleep: () => Promise.resolve() },
  });
  const { secret } = await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: "grüße" });
  await sender.deliverDue();
  assert(secret !== null && sent[0]);
  const { body, headers } = sent[0];
  const verified = new Webhook(secret)
    .verify(body, Object.fromEntries(headers)) as { data: string };
  assertEquals(verified.data, "grüße");
});

Deno.test("deliverDue() tells that a subscription was disabled, once and why", async () => {
  const told: DeliveryEvent[] = [];
  const { sender } = makeSender({
    answer: () => new Response("", { status: 410 }),
    onEvent: (event) => void told.push(event),
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  await sender.emit(EVENT);
  await sender.deliverDue();
  const disabled = told.flatMap((event) =>
    event.type === "subscription.disabled"
      ? [[event.subscription, event.event, event.message]]
      : []
  );
  const why = "Delivery suspended: the endpoint answered 410 Gone.";
  assertEquals(disabled, [[id, null, why]]);
});

Deno.test("deliverDue() leaves the whole endpoint alone for a Retry-After of 429 and 503, and for none of 500", async () => {
  for (const [status, requests] of [[429, 1], [503, 1], [500, 2]] as const) {
    const { sender, sent } = makeSender({
      answer: () =>
        new Response("", { status, headers: { "retry-after": "120" } }),
    });
    await sender.subscribe({ to: TO, limits: { concurrency: 1 } });
    await sender.emit(EVENT);
    await sender.emit(EVENT);
    await sender.deliverDue();
    assertEquals(sent.length, requests, `${status}`);
  }
});

Deno.test("deliverDue() honours a Retry-After of at most a day by default", async () => {
  const headers = { "retry-after": `${10 * 86_400}` };
  const { sender, clock } = makeSender({
    answer: () => new Response("", { status: 429, headers }),
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const { nextDueAt } = await sender.deliverDue();
  const wait = (nextDueAt ?? 0) - clock.now();
  assert(wait >= 86_400_000 && wait <= 1.1 * 86_400_000, `${wait}`);
});

Deno.test("deliverDue() probes a broken endpoint at least every circuit.maxMs", async () => {
  const made = makeSender({
    answer: () => new Response("", { status: 500 }),
    circuit: { failures: 1, firstMs: 1_000, maxMs: 4_000 },
    retryDelaysMs: new Array(20).fill(0),
  });
  await made.sender.subscribe({ to: TO });
  await made.sender.emit(EVENT);
  await made.sender.deliverDue({ waitMs: 0 });
  for (let probe = 0; probe < 10; probe++) {
    const { nextDueAt } = await made.sender.health();
    const wait = (nextDueAt ?? 0) - made.clock.now();
    assert(wait > 0 && wait <= 4_000, `${probe}: ${wait}`);
    await deliverNext(made);
  }
  assertEquals(made.sent.length, 11);
});

Deno.test("deliverDue() opens the circuit by default after five failures, for half a minute at most", async () => {
  const { sender, sent, clock } = makeSender({
    answer: () => new Response("", { status: 500 }),
  });
  await sender.subscribe({ to: TO, limits: { concurrency: 1 } });
  for (let n = 0; n < 8; n++) await sender.emit(EVENT);
  const { nextDueAt } = await sender.deliverDue();
  const wait = (nextDueAt ?? 0) - clock.now();
  assertEquals(sent.length, 5);
  assert(wait >= 10_000 && wait <= 30_000, `${wait}`);
});

Deno.test("deliverDue() begins the count of failures anew after a success", async () => {
  const statuses = [500, 500, 200, 500, 500, 200];
  const { sender, sent } = makeSender({
    answer: () => new Response("", { status: statuses[sent.length - 1] ?? 0 }),
    retryDelaysMs: [],
    circuit: NO_CIRCUIT,
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { attemptLimit: 3, concurrency: 1 },
  });
  for (const _ of statuses) {
    await sender.emit(EVENT);
    await sender.deliverDue();
  }
  assertEquals([sent.length, (await sender.subscription(id))?.active], [
    6,
    true,
  ]);
});

Deno.test("deliverDue() counts a denial as no failure", async () => {
  let may = false;
  const { sender } = makeSender({
    answer: () => new Response("", { status: 500 }),
    permissions: ({ phase }) => phase === "enqueue" || may,
    retryDelaysMs: [],
    circuit: NO_CIRCUIT,
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    owner: "ann",
    limits: { attemptLimit: 2 },
  });
  for (let n = 0; n < 3; n++) await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).denied, 3);
  may = true;
  await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).failed, 1);
  assertEquals((await sender.subscription(id))?.active, true);
});

Deno.test("activate() sets back what was missing, and the pause of the circuit", async () => {
  const answers: (boolean | "missing")[] = ["missing", "missing"];
  const { sender, sent } = makeSender({
    answer: () => new Response("", { status: 500 }),
    permissions: () => answers.shift() ?? true,
    circuit: { failures: 1, firstMs: 3_600_000 },
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    permission: "view",
    limits: { preconditionFailureLimit: 2 },
  });
  await sender.emit(EVENT);
  await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).disabled, 1);
  await sender.activate(id);
  answers.push("missing");
  await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).missing, 1);
  assertEquals((await sender.subscription(id))?.active, true);

  await sender.emit(EVENT);
  await sender.deliverDue();
  await sender.emit(EVENT);
  await sender.deliverDue();
  assertEquals(sent.length, 1, "the circuit is open");
  await sender.deactivate(id, { hold: true });
  await sender.activate(id);
  await sender.deliverDue({ waitMs: 0 });
  assertEquals(sent.length, 2);
});

Deno.test("deliverDue() keeps the last five attempts of a delivery", async () => {
  const made = makeSender({
    answer: () => new Response("", { status: 500 }),
    retryDelaysMs: new Array(7).fill(1_000),
    circuit: NO_CIRCUIT,
  });
  const { subscription: { id } } = await made.sender.subscribe({ to: TO });
  await made.sender.emit(EVENT);
  await made.sender.deliverDue({ waitMs: 0 });
  for (let n = 0; n < 7; n++) await deliverNext(made);
  const [delivery] = await all(made.sender.deliveries(id));
  assertEquals([delivery?.status, delivery?.attempts], ["failed", 8]);
  const numbers = delivery?.lastAttempts.map(({ number }) => number);
  assertEquals(numbers, [4, 5, 6, 7, 8]);
});

Deno.test("deliverDue() keeps fewer attempts where the values of the store are small", async () => {
  const limits = {
    maxValueBytes: 8_000,
    maxCommitBytes: 100_000,
    maxMutations: 100,
  };
  const made = makeSender({
    kv: memoryKv({ limits }),
    answer: () => new Response("x".repeat(2_048), { status: 500 }),
    retryDelaysMs: new Array(7).fill(1_000),
    circuit: NO_CIRCUIT,
  });
  const { subscription: { id } } = await made.sender.subscribe({ to: TO });
  await made.sender.emit(EVENT);
  await made.sender.deliverDue({ waitMs: 0 });
  for (let n = 0; n < 7; n++) await deliverNext(made);
  const [delivery] = await all(made.sender.deliveries(id));
  assertEquals(delivery?.attempts, 8);
  assertEquals(delivery?.lastAttempts.at(-1)?.number, 8);
});

Deno.test("deliverDue() lets what is under way end when it is told to stop", async () => {
  const abort = new AbortController();
  const cut: (boolean | undefined)[] = [];
  const { sender } = makeSender({
    fetch(_url, { signal }): Promise<Response> {
      abort.abort();
      cut.push(signal?.aborted);
      return Promise.resolve(new Response());
    },
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const report = await sender.deliverDue({ signal: abort.signal });
  assertEquals([report.succeeded, report.stopped], [1, "aborted"]);
  assertEquals(cut, [false]);
});

Deno.test("deliverDue() cuts what hangs three seconds after it was told to stop, and delivers it later", async () => {
  const abort = new AbortController();
  const { sender, sent } = makeSender({
    answer: () => {
      if (sent.length > 1) return new Response();
      abort.abort();
      return new Promise(() => {});
    },
    clock: { now: Date.now, sleep: (_, signal) => hang(signal) },
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const began = performance.now();
  const { stopped, retried } = await sender.deliverDue({
    signal: abort.signal,
  });
  const took = performance.now() - began;
  assertEquals([stopped, retried], ["aborted", 0]);
  assert(took >= 2_900 && took < 10_000, `${took}`);
  assertEquals((await sender.deliverDue()).succeeded, 1);
  assertEquals(
    new Set(sent.map(({ id, attempt }) => `${id} ${attempt}`)).size,
    1,
  );
});

function hang(signal?: AbortSignal): Promise<void> {
  return new Promise((_, reject) =>
    signal?.addEventListener("abort", () => reject(signal.reason))
  );
}
