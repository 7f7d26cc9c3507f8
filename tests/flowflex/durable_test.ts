import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { KvError, UploadError } from "../../src/errors.ts";
import { file, type FlowFlex } from "../../src/flowflex/mod.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import {
  clientOf,
  type ClientOptions,
  startPlatform,
  textOf,
} from "./_platform.ts";

const SEALING_KEY = generateSealingKey();
const PLAIN = "planted plaintext of a file";

function keeping(
  platform: { url: string },
  kv: KvStore,
  options: ClientOptions = {},
): FlowFlex {
  const store = { kv, sealingKey: SEALING_KEY };
  return clientOf(platform, { ...store, maxRetries: 0, ...options });
}

function note(text = PLAIN): ReturnType<typeof file> {
  return file(new Blob([text]), { filename: "a.txt" });
}

async function namesIn(kv: KvStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of kv.list({ prefix: ["sluice", "flowflex"] })) {
    names.push(String(key[key[3] === "outbox" ? 4 : 3]));
  }
  return names.sort();
}

const IDLE = ["fence", "head", "run"];

Deno.test("sendEventDurably() sends nothing, and processSends() all of it in order", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const client = keeping(platform, kv);
  const shared = note();
  const first = await client.sendEventDurably("a", {
    payload: { x: shared, list: [shared, note("other")] },
  });
  const second = await client.sendEventDurably("b", { idempotencyKey: "k-2" });
  assertEquals(platform.seen, []);
  assertEquals((await client.health()).pending, 2);

  const report = await keeping(platform, kv).processSends();

  assertEquals([report.delivered, report.pending, report.stopped], [
    2,
    0,
    "empty",
  ]);
  assertEquals(second.idempotencyKey, "k-2");
  assertEquals(
    platform.events.map(({ event, key, body }) => [event, key, body]),
    [
      ["a", first.idempotencyKey, { x: "as_1", list: ["as_1", "as_2"] }],
      ["b", "k-2", {}],
    ],
  );
  assertEquals(textOf(platform.stored.get("as_1") ?? new Uint8Array()), PLAIN);
  assertEquals(platform.asked.get("as_2"), {
    filename: "a.txt",
    mime: "text/plain",
    size: 5,
  });
  assertEquals(await namesIn(kv), IDLE);
});

Deno.test("sendEventDurably() keeps nothing in clear", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  await keeping(platform, kv).sendEventDurably("planted.event", {
    payload: { planted: "planted text", x: note() },
    idempotencyKey: "planted-key",
  });
  let entries = 0;
  for await (const { key, value } of kv.list({ prefix: ["sluice"] })) {
    const text = value instanceof Uint8Array
      ? textOf(value)
      : JSON.stringify(value);
    assertEquals(`${JSON.stringify(key)} ${text}`.includes("planted"), false);
    entries++;
  }
  assert(entries >= 4);
});

Deno.test("sendEventDurably() keeps a long file in pieces that fit the store", async () => {
  await using platform = startPlatform();
  const limits = { maxValueBytes: 1_024, maxCommitBytes: 4_096 };
  const kv = memoryKv({ limits });
  const long = "0123456789".repeat(1_000);
  const pieces = [1, 511, 513, 8_975].map((length) => "x".repeat(length));
  const stream = (): ReadableStream<Uint8Array> =>
    ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  const client = keeping(platform, kv);
  await client.sendEventDurably("a", {
    payload: {
      x: note(long),
      y: file(stream, { filename: "b.txt", size: 10_000 }),
      z: file(new Blob(), { filename: "c.txt" }),
    },
  });
  await client.processSends();
  assertEquals(
    ["as_1", "as_2", "as_3"].map((id) =>
      textOf(platform.stored.get(id) ?? new Uint8Array([0]))
    ).sort(),
    ["", long, "x".repeat(10_000)],
  );
  assertEquals(await namesIn(kv), IDLE);
});

Deno.test("processSends() uploads nothing twice when the event fails, and sends the same body", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const client = keeping(platform, kv);
  const kept = await client.sendEventDurably("a", {
    payload: { x: note(), y: note("b") },
  });
  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 503 }) : undefined;
  const failed = await client.processSends({ deadlineMs: 100 });
  assertEquals([failed.delivered, failed.pending], [0, 1]);
  platform.answer = () => undefined;
  const clock = jumpingClock();
  await clock.sleep(600_000);
  await keeping(platform, kv, { clock }).processSends();

  assertEquals(platform.count("upload"), 2);
  const bodies = platform.seen.filter(({ step }) => step === "event");
  assert(bodies.length >= 2);
  assertEquals(new Set(bodies.map(({ body }) => textOf(body))).size, 1);
  assertEquals(
    [...new Set(bodies.map(({ headers }) => headers.get("x-idempotency-key")))],
    [kept.idempotencyKey],
  );
});

Deno.test("processSends() uploads again what has died on the platform, under the same key", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const clock = jumpingClock();
  const client = keeping(platform, kv, { clock });
  const { idempotencyKey } = await client.sendEventDurably("a", {
    payload: { x: note() },
  });
  platform.answer = (step, nth) => {
    if (step !== "event") return undefined;
    if (nth === 1) platform.stored.clear();
    return undefined;
  };
  await client.processSends({ backoff: () => 0 });
  assertEquals(platform.count("upload"), 2);
  assertEquals(platform.events.map(({ key, body }) => [key, body]), [
    [idempotencyKey, { x: "as_2" }],
  ]);

  await client.sendEventDurably("b", { payload: { x: note() } });
  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 500 }) : undefined;
  await client.processSends({ maxRetries: 0 });
  platform.answer = () => undefined;
  await clock.sleep(48 * 3_600_000);
  await client.retryDeadSends();
  assertEquals(platform.events[1]?.body, { x: "as_4" });
});

Deno.test("processSends() gives an event up, keeps its files, and retryDeadSends() sends it", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const clock = jumpingClock();
  const client = keeping(platform, kv, { clock });
  const kept = await client.sendEventDurably("a", { payload: { x: note() } });
  platform.answer = (step) =>
    step === "upload_url"
      ? Response.json({ code: "MIME_NOT_ALLOWED" }, { status: 422 })
      : undefined;
  const report = await client.processSends({ maxRetries: 1 });
  assertEquals([report.deadLettered, report.pending], [1, 0]);
  await clock.sleep(7_200_000);
  await client.processSends();

  const [dead] = await client.deadSends();
  assert(dead);
  assertEquals({ ...dead, at: 0 }, {
    id: dead.id,
    event: "a",
    idempotencyKey: kept.idempotencyKey,
    error: { name: "UploadError", code: "upload" },
    attempts: 2,
    at: 0,
  });
  platform.answer = () => undefined;
  assertEquals((await client.retryDeadSends()).redriven, 1);
  assertEquals(platform.events.map(({ key }) => key), [kept.idempotencyKey]);
  assertEquals(await client.deadSends(), []);
  await client.processSends();
  assertEquals(await namesIn(kv), IDLE);
});

Deno.test("dropDeadSends() deletes the event, and the next run its files", async () => {
  await using platform = startPlatform();
  const clock = jumpingClock();
  const kv = memoryKv({ now: clock.now });
  const client = keeping(platform, kv, { clock });
  await client.sendEventDurably("a", { payload: { x: note() } });
  platform.answer = () => new Response(null, { status: 400 });
  await client.processSends({ maxRetries: 0 });
  await clock.sleep(86_400_000);

  assertEquals(await client.dropDeadSends("all"), 1);
  assertEquals((await namesIn(kv)).includes("file"), true);
  await client.processSends();

  assertEquals(await namesIn(kv), IDLE);
});

Deno.test("processSends() does not open what another key has sealed, and says nothing of it", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  await keeping(platform, kv).sendEventDurably("a");
  const other = keeping(platform, kv, { sealingKey: generateSealingKey() });
  assertEquals((await other.processSends()).deadLettered, 1);
  const [dead] = await other.deadSends();
  assertEquals([dead?.event, dead?.error.code], [null, "decrypt"]);
  assertEquals(platform.seen, []);
  const both = [generateSealingKey(), SEALING_KEY];
  const rotated = keeping(platform, kv, { sealingKey: both });
  assertEquals((await rotated.retryDeadSends()).redriven, 1);
});

Deno.test("sendEventDurably() keeps nothing of what it cannot read, and leaves nothing behind", async () => {
  await using platform = startPlatform();
  const clock = jumpingClock();
  const kv = memoryKv({ now: clock.now });
  const client = keeping(platform, kv, { clock, maxFileBytes: 20 });
  const stream = (): ReadableStream<Uint8Array> => new Blob(["abc"]).stream();
  const cases: [() => Promise<unknown>, string][] = [
    [
      () => client.sendEventDurably("a", { payload: { x: note() } }),
      '"maxFileBytes" is 20',
    ],
    [
      () =>
        client.sendEventDurably("a", {
          payload: {
            x: note("a"),
            y: file(stream, { filename: "a.txt", size: 5 }),
          },
        }),
      "5 bytes were declared, and there are fewer",
    ],
    [
      () =>
        client.sendEventDurably("a", {
          payload: {
            x: file(() => new ReadableStream<Uint8Array>(), {
              filename: "a.txt",
              size: 5,
            }),
          },
          timeoutMs: 50,
        }),
      'the deadline of "timeoutMs", which is 50, passed',
    ],
  ];
  for (const [call, message] of cases) {
    await assertRejects(call, UploadError, message);
  }
  assertEquals((await client.health()).pending, 0);
  await clock.sleep(86_400_000);
  await client.processSends();
  assertEquals(await namesIn(kv), ["fence", "run"]);
});

Deno.test("the outbox wants a store, and sane options before it is opened", async () => {
  const bare = clientOf({ url: "https://a.example" });
  for (
    const call of [
      () => bare.sendEventDurably("a"),
      () => bare.processSends(),
      () => bare.deadSends(),
      () => bare.health(),
    ]
  ) {
    await assertRejects(
      call,
      TypeError,
      'this client has no store, wanted the options "kv" and "sealingKey"',
    );
  }
  const client = keeping({ url: "https://a.example" }, memoryKv());
  await assertRejects(
    () => client.processSends({ maxRetries: -1 }),
    RangeError,
  );
  await assertRejects(() => client.deadSends({ limit: 0 }), RangeError);
  await assertRejects(() => client.sendEventDurably(""), TypeError);
});

Deno.test("processSends() is busy while another run is at work", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const client = keeping(platform, kv);
  await client.sendEventDurably("a");
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<Response>();
  platform.answer = () => {
    started.resolve();
    return go.promise;
  };
  const running = client.processSends();
  await started.promise;
  assertEquals((await keeping(platform, kv).processSends()).stopped, "busy");
  await assertRejects(() => client.dropDeadSends("all"), KvError);
  go.resolve(new Response());
  assertEquals((await running).delivered, 1);
});

Deno.test("processSends() leaves alone what is being kept at that moment", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const client = keeping(platform, kv);
  const reading = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const stream = async (): Promise<ReadableStream<Uint8Array>> => {
    reading.resolve();
    await go.promise;
    return new Blob(["abc"]).stream();
  };
  const keeps = client.sendEventDurably("a", {
    payload: {
      x: note(),
      y: file(stream, { filename: "a.txt", size: 3 }),
    },
  });
  await reading.promise;
  assertEquals((await keeping(platform, kv).processSends()).stopped, "empty");
  go.resolve();
  await keeps;
  assertEquals((await client.processSends()).delivered, 1);
});

for (const hours of [-9_000, -1.1, 9_000]) {
  Deno.test(`processSends() leaves alone what is being kept by a process whose clock differs by ${hours} hours`, async () => {
    await using platform = startPlatform();
    const now = 1_800_000_000_000;
    const kv = memoryKv({ now: () => now });
    const keeper = keeping(platform, kv, {
      clock: jumpingClock(now + hours * 3_600_000),
    });
    const other = keeping(platform, kv, { clock: jumpingClock(now) });
    const stream = async (): Promise<ReadableStream<Uint8Array>> => {
      assertEquals((await other.processSends()).stopped, "empty");
      return new Blob(["abc"]).stream();
    };
    await keeper.sendEventDurably("a", {
      payload: {
        x: note(),
        y: file(stream, { filename: "a.txt", size: 3 }),
      },
    });
    const { delivered } = await other.processSends({ maxRetries: 0 });
    assertEquals([delivered, await other.deadSends()], [1, []]);
    assertEquals(await namesIn(kv), IDLE);
  });
}

Deno.test("processSends() deletes a day later what a process had kept in part when it died, and leaves dead letters theirs", async () => {
  await using platform = startPlatform();
  let now = 1_800_000_000_000;
  const kv = memoryKv({ now: () => now });
  // No other clock than that of the store says how long it was.
  const client = keeping(platform, kv, { clock: jumpingClock() });
  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 400 }) : undefined;
  await client.sendEventDurably("a", { payload: { x: note() } });
  await client.processSends({ maxRetries: 0 });
  platform.answer = () => undefined;
  const dying = withCommit(kv, async (change, next) => {
    if (change.sets?.some(({ key }) => key[3] === "outbox")) {
      throw new KvError("Cannot commit: the process is gone");
    }
    return await next(change);
  });
  await assertRejects(
    () =>
      keeping(platform, dying).sendEventDurably("a", {
        payload: { x: note() },
      }),
    KvError,
  );
  const states = { prefix: ["sluice", "flowflex", "ic_1", "state"] };
  const left = async (): Promise<number> =>
    (await Array.fromAsync(kv.list(states))).length;
  now += 86_399_999;
  await client.processSends();
  assertEquals(await left(), 2);
  now++;
  await client.processSends();
  assertEquals(await left(), 1);
  assertEquals((await client.retryDeadSends()).redriven, 1);
  await client.processSends();
  assertEquals(await namesIn(kv), IDLE);
});

Deno.test("processSends() does not send again what was taken before the process died", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const clock = jumpingClock();
  await keeping(platform, kv, { clock }).sendEventDurably("a", {
    payload: { x: note() },
  });
  // The run dies when it is to delete the files, after it has noted that the event was taken.
  const dying = withCommit(kv, async (change, next) => {
    if (change.deletes?.some((key) => key[3] === "file")) {
      throw new KvError("Cannot commit: the process is gone");
    }
    return await next(change);
  });
  await keeping(platform, dying, { clock }).processSends({ deadlineMs: 100 });
  assertEquals(platform.events.length, 1);
  await clock.sleep(600_000);
  assertEquals(
    (await keeping(platform, kv, { clock }).processSends()).delivered,
    1,
  );
  assertEquals([platform.events.length, platform.count("event")], [1, 1]);
  assertEquals(await namesIn(kv), IDLE);
});

Deno.test("sendEventDurably() does not keep an event whose files a sweep may have taken", async () => {
  await using platform = startPlatform();
  const clock = jumpingClock();
  const client = keeping(platform, memoryKv(), { clock });
  const stream = async (): Promise<ReadableStream<Uint8Array>> => {
    await clock.sleep(1_800_001);
    return new Blob(["abc"]).stream();
  };
  await assertRejects(
    () =>
      client.sendEventDurably("a", {
        payload: { x: file(stream, { filename: "a.txt", size: 3 }) },
        timeoutMs: Infinity,
      }),
    UploadError,
    "its files took longer than half an hour to read",
  );
  assertEquals((await client.health()).pending, 0);
});

Deno.test("processSends() sends nothing once another consumer has gone on with the event", async () => {
  await using platform = startPlatform();
  const kv = memoryKv();
  const client = keeping(platform, kv);
  const { id } = await client.sendEventDurably("a", { payload: { x: note() } });
  const key = ["sluice", "flowflex", "ic_1", "state", id];
  platform.answer = async (step) => {
    if (step !== "upload_url") return undefined;
    const entry = await kv.get(key);
    await kv.commit({ sets: [{ key, value: entry?.value }] });
    return undefined;
  };
  const report = await client.processSends({ maxRetries: 0 });
  assertEquals([report.delivered, report.deadLettered], [0, 1]);
  assertEquals((await client.deadSends())[0]?.error.code, "kv");
  assertEquals(platform.count("event"), 0);
});
