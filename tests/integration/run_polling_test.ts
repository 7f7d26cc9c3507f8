import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ConfigurationError,
  Integration,
  type KvStore,
  type PollingTriggerFunction,
  pollingTriggerSpool,
  type PollOptions,
  type PollRecord,
  type PollReport,
  runPollingTrigger,
  ValidationError,
} from "../../src/integration/mod.ts";
import { memoryKv } from "../../src/kv/mod.ts";
import { redriveSpool } from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { config, mockContext, POLLING } from "./_support.ts";

const MINUTE = 60_000;

async function polling(poll: PollingTriggerFunction): Promise<Integration> {
  const integration = await Integration.load(config({ ...POLLING }));
  integration.pollingTrigger("news")(poll);
  return integration;
}

function records(...ids: unknown[]): PollRecord[] {
  return ids.map((id) => ({ id, data: { title: `t${id}` } }));
}

/** One process after another over the same store. */
function world(kv: KvStore = memoryKv()): {
  kv: KvStore;
  clock: ReturnType<typeof jumpingClock>;
  delivered: unknown[];
  run(
    integration: Integration,
    more?: Partial<PollOptions>,
  ): Promise<PollReport>;
} {
  const clock = jumpingClock(Date.UTC(2026, 0, 1));
  const delivered: unknown[] = [];
  return {
    kv,
    clock,
    delivered,
    run: (integration, more = {}) =>
      runPollingTrigger(integration, "news", {
        kv,
        clock,
        context: mockContext(),
        handler: ({ id }) => delivered.push(id),
        ...more,
      }),
  };
}

Deno.test("runPollingTrigger() delivers each record once, whatever later polls list again", async () => {
  const lists = [records(1, 2), records(2, 3, 3), records(1, 2, 3, "3"), []];
  const stamps: unknown[] = [];
  const integration = await polling((_inputs, lastPollTs) => {
    stamps.push(lastPollTs);
    return lists.shift() ?? [];
  });
  const { run, clock, delivered } = world();
  for (let i = 0; i < 4; i++) {
    assertEquals((await run(integration)).stopped, "empty");
    await clock.sleep(5 * MINUTE);
  }
  assertEquals(delivered, [1, 2, 3, "3"]);
  assertEquals(stamps, [
    null,
    "2026-01-01T00:00:00.000Z",
    "2026-01-01T00:05:00.000Z",
    "2026-01-01T00:10:00.000Z",
  ]);
});

Deno.test("runPollingTrigger() keeps all that it stores below one place for each account", async () => {
  const integration = await polling(() => records(1, 2));
  const { kv, run } = world();
  await run(integration, { account: "a_1" });
  const { name } = integration.config;
  const place = ["sluice", "integration", name, "news", "a_1"];
  const entries = await Array.fromAsync(kv.list({ prefix: [] }));
  assert(entries.length > 0);
  for (const { key } of entries) assertEquals(key.slice(0, 5), place);
});

Deno.test("runPollingTrigger() honours the interval across runs", async () => {
  let polls = 0;
  const integration = await polling(() => {
    polls++;
    return records(polls);
  });
  const { run, clock, delivered } = world();
  const first = await run(integration);
  assertEquals([first.polled, first.delivered], [true, 1]);
  assertEquals(first.nextPollAt, Date.UTC(2026, 0, 1, 0, 5));
  await clock.sleep(5 * MINUTE - 1);
  const early = await run(integration);
  assertEquals([early.polled, early.delivered, early.nextPollAt], [
    false,
    0,
    first.nextPollAt,
  ]);
  await clock.sleep(1);
  assertEquals((await run(integration)).polled, true);
  assertEquals([polls, delivered], [2, [1, 2]]);
});

Deno.test("runPollingTrigger() polls once in a run even without an interval", async () => {
  let polls = 0;
  const trigger = { ...POLLING.polling_triggers.news, polling_interval: "0s" };
  const integration = await Integration.load(
    config({ polling_triggers: { news: trigger } }),
  );
  integration.pollingTrigger("news")(() => {
    polls++;
    return records(polls);
  });
  const { run } = world();
  await run(integration);
  await run(integration);
  assertEquals(polls, 2);
});

Deno.test("runPollingTrigger() tells the handler the same id in every delivery of a record", async () => {
  const integration = await polling(() => records(1, "x".repeat(500), null));
  const { run } = world();
  const ids: string[] = [];
  const attempts: number[] = [];
  await run(integration, {
    backoff: () => 0,
    handler: (_record, { id, attempt }) => {
      ids.push(id);
      attempts.push(attempt);
      if (attempt === 1) throw new Error("not yet");
    },
  });
  assertEquals(attempts, [1, 2, 1, 2, 1, 2]);
  assertEquals([ids[0], ids[1]], ["1", "1"]);
  assert(ids[2]?.startsWith("sha256:") && ids[2] === ids[3]);
  assertEquals(ids[4], ids[5]);
});

Deno.test("runPollingTrigger() delivers records without an id by every poll", async () => {
  const integration = await polling(() => records(null));
  const { run, clock, delivered } = world();
  await run(integration);
  await clock.sleep(5 * MINUTE);
  await run(integration);
  assertEquals(delivered, [null, null]);
});

Deno.test("runPollingTrigger() forgets ids after rememberMs", async () => {
  const integration = await polling(() => records(1));
  const { run, clock, delivered } = world();
  for (let i = 0; i < 3; i++) {
    await run(integration, { rememberMs: 7 * MINUTE });
    await clock.sleep(5 * MINUTE);
  }
  assertEquals(delivered, [1, 1]);
});

Deno.test("runPollingTrigger() keeps accounts and triggers apart", async () => {
  const integration = await polling(() => records(1));
  const { run, delivered } = world();
  await run(integration, { account: "a" });
  await run(integration, { account: "b" });
  assertEquals(delivered, [1, 1]);
});

Deno.test("runPollingTrigger() stores nothing when the trigger fails, and polls again in the next run", async () => {
  let polls = 0;
  const integration = await polling(() => {
    polls++;
    if (polls === 1) throw new RangeError("down");
    return polls === 2 ? [{ id: 1, data: {} }] : records(1);
  });
  const { run, delivered } = world();
  await assertRejects(() => run(integration), RangeError, "down");
  await assertRejects(() => run(integration), ValidationError, "title");
  assertEquals((await run(integration)).delivered, 1);
  assertEquals(delivered, [1]);
});

Deno.test("runPollingTrigger() buries what fails for good, once, and lets it be driven again", async () => {
  const integration = await polling(() => records(1, 2));
  const { run, clock, kv, delivered } = world();
  const handler = ({ id }: PollRecord): void => {
    if (id === 1) throw new Error("poison");
    delivered.push(id);
  };
  const first = await run(integration, { handler, maxRetries: 0 });
  assertEquals([first.delivered, first.deadLettered], [1, 1]);
  await clock.sleep(5 * MINUTE);
  const second = await run(integration, { handler, maxRetries: 0 });
  assertEquals([second.polled, second.delivered, second.deadLettered], [
    true,
    0,
    0,
  ]);
  const spool = pollingTriggerSpool(integration, "news", { kv, clock });
  const [letter] = await Array.fromAsync(spool.deadLetters());
  assertEquals(letter?.value.record, { id: 1, data: { title: "t1" } });
  await redriveSpool(spool, {
    prepare: (item) => item,
    isPoison: () => false,
    handle: ({ record }) => delivered.push(record.id),
    lane: () => "",
  });
  assertEquals(delivered, [2, 1]);
  assertEquals(await Array.fromAsync(spool.deadLetters()), []);
});

Deno.test("runPollingTrigger() reports busy while another run works", async () => {
  const integration = await polling(() => records(1));
  const { run, delivered } = world();
  const inside = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const first = run(integration, {
    handler: async () => {
      inside.resolve();
      await going.promise;
    },
  });
  await inside.promise;
  const second = await run(integration);
  assertEquals([second.stopped, second.polled], ["busy", false]);
  going.resolve();
  assertEquals((await first).delivered, 1);
  assertEquals(delivered, []);
});

Deno.test("runPollingTrigger() that lost its lease leaves the time of the later poll", async () => {
  const { run, clock, delivered } = world();
  const began = clock.now();
  const stamps: unknown[] = [];
  const integration = await polling(async (_inputs, lastPollTs) => {
    stamps.push(lastPollTs);
    if (stamps.length > 1) return records(1);
    await clock.sleep(MINUTE);
    const later = await run(integration);
    assertEquals([later.delivered, later.stopped], [1, "empty"]);
    return records(1);
  });
  const lost = await run(integration);
  assertEquals([lost.polled, lost.delivered], [true, 0]);
  assertEquals(lost.nextPollAt, began + 6 * MINUTE);
  await clock.sleep(5 * MINUTE);
  await run(integration);
  assertEquals(stamps, [null, null, new Date(began + MINUTE).toISOString()]);
  assertEquals(delivered, [1]);
});

Deno.test("runPollingTrigger() refuses what cannot be meant before it touches the store", async () => {
  const integration = await polling(() => []);
  const { kv } = world();
  const options = { kv, context: mockContext(), handler: (): void => {} };
  await assertRejects(
    () => runPollingTrigger(integration, "other", options),
    ConfigurationError,
    'Cannot run polling trigger "other": the configuration does not define it',
  );
  const cases: [
    Partial<PollOptions>,
    typeof TypeError | typeof RangeError,
    string,
  ][] = [
    [{ handler: 5 as never }, TypeError, "Cannot use handler"],
    [{ kv: 5 as never }, TypeError, "Cannot use kv: wanted a KvStore"],
    [{ account: "" }, TypeError, "Cannot use account"],
    [{ rememberMs: 0 }, RangeError, "Cannot use rememberMs"],
    [{ rememberMs: NaN }, RangeError, "Cannot use rememberMs"],
    [{ maxRetries: -1 }, RangeError, "Cannot use maxRetries"],
  ];
  for (const [more, kind, message] of cases) {
    await assertRejects(
      () => runPollingTrigger(integration, "news", { ...options, ...more }),
      kind,
      message,
    );
  }
  assertEquals(await Array.fromAsync(kv.list({ prefix: [] })), []);
});

const IDS = [1, 2, 3, 4, 5];
const START = Date.UTC(2026, 0, 1);
// Minutes at which they come up; the third is listed by two polls.
const CREATED = [-2, -1, 0, 3, 4].map((minute) => START + minute * MINUTE);

/** A service that lists what came up since the last poll, and nothing else. */
function listSince(lastPollTs: unknown, now: number): PollRecord[] {
  const since = lastPollTs === null ? 0 : Date.parse(String(lastPollTs));
  const ids = IDS.filter((_, i) => {
    const at = CREATED[i] ?? 0;
    return at >= since && at <= now;
  });
  return records(...ids);
}

/** Polls twice. */
async function scenario(
  kv: KvStore,
  options: {
    clock: ReturnType<typeof jumpingClock>;
    seen: { key: string; id: unknown }[];
  },
): Promise<void> {
  const integration = await polling((_inputs, lastPollTs) =>
    listSince(lastPollTs, options.clock.now())
  );
  for (let i = 0; i < 2; i++) {
    await runPollingTrigger(integration, "news", {
      kv,
      clock: options.clock,
      context: mockContext(),
      handler: ({ id }, { id: key }) => options.seen.push({ key, id }),
    });
    await options.clock.sleep(5 * MINUTE);
  }
}

Deno.test("runPollingTrigger() without a crash delivers exactly once", async () => {
  const seen: { key: string; id: unknown }[] = [];
  const clock = jumpingClock(Date.UTC(2026, 0, 1));
  await scenario(memoryKv(), { clock, seen });
  assertEquals(seen.map(({ id }) => id), IDS);
});

Deno.test("runPollingTrigger() loses nothing when the process dies at any commit", async () => {
  let crashes = 0;
  for (const applied of [false, true]) {
    for (let commit = 1;; commit++) {
      const kv = memoryKv();
      const crashing = crashingKv(kv, { commit, applied });
      const clock = jumpingClock(Date.UTC(2026, 0, 1));
      const seen: { key: string; id: unknown }[] = [];
      await scenario(crashing.kv, { clock, seen }).catch((error) => {
        assert(error instanceof Crash, `commit ${commit}: ${error}`);
      });
      // The dead process's lease runs out.
      await clock.sleep(60 * MINUTE);
      await scenario(kv, { clock, seen });
      const where = `commit ${commit}, ${applied ? "after" : "before"}`;
      assertEquals(new Set(seen.map(({ id }) => id)), new Set(IDS), where);
      for (const { key, id } of seen) assertEquals(key, `${id}`, where);
      // Only the record whose acknowledgement died may come twice.
      assert(seen.length <= IDS.length + 1, `${where}: ${seen.length}`);
      if (!crashing.crashed) break;
      crashes++;
    }
  }
  assert(crashes > 20, `${crashes}`);
});

async function deadLettersOf(
  integration: Integration,
  { kv, clock }: Pick<ReturnType<typeof world>, "kv" | "clock">,
): Promise<unknown[]> {
  const spool = pollingTriggerSpool(integration, "news", { kv, clock });
  const letters = await Array.fromAsync(spool.deadLetters());
  return letters.map(({ value }) => value.record.id);
}

function failing(): never {
  throw new Error("down");
}

Deno.test("runPollingTrigger() does not store again what waits for a retry", async () => {
  const integration = await polling(() => records(1));
  const { run, clock, kv } = world();
  const options: Partial<PollOptions> = {
    handler: failing,
    maxRetries: 3,
    deadlineMs: 30_000,
    backoff: () => 7 * 60,
  };
  let polls = 0;
  const pending: number[] = [];
  for (let i = 0; i < 12; i++) {
    const report = await run(integration, options);
    if (report.polled) polls++;
    pending.push(report.pending);
    await clock.sleep(5 * MINUTE);
  }
  assertEquals(polls, 12);
  assertEquals(pending, [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  assertEquals(await deadLettersOf(integration, { kv, clock }), [1]);
});

Deno.test("runPollingTrigger() does not store again what waits when its id is forgotten", async () => {
  const integration = await polling(() => records(1, 2));
  const { run, clock } = world();
  const options = { handler: failing, deadlineMs: 30_000, rememberMs: 1 };
  for (let i = 0; i < 4; i++) {
    const report = await run(integration, { ...options, backoff: () => 3600 });
    assertEquals([report.polled, report.pending], [true, 2]);
    await clock.sleep(5 * MINUTE);
  }
});

Deno.test("runPollingTrigger() reads no dead letter to know what is new", async () => {
  const integration = await polling(() => records(1, 2, 3));
  const { run, clock, kv } = world();
  await run(integration, { handler: failing, maxRetries: 0 });
  const walked: unknown[] = [];
  const watched: KvStore = {
    limits: kv.limits,
    get: (key) => kv.get(key),
    commit: (change) => kv.commit(change),
    close: () => kv.close(),
    list: (range, options) => {
      walked.push(range.prefix.at(-1));
      return kv.list(range, options);
    },
  };
  await clock.sleep(5 * MINUTE);
  const report = await run(integration, { kv: watched });
  assertEquals([report.polled, report.delivered], [true, 0]);
  assertEquals(walked.includes("body"), false, `${walked}`);
});

Deno.test("runPollingTrigger() remembers more records than a commit can hold", async () => {
  const ids = Array.from({ length: 120 }, (_, i) => i);
  const integration = await polling(() => records(...ids));
  const marks: number[] = [];
  const { run, clock, kv } = world(
    withCommit(memoryKv(), (change, next) => {
      const { sets = [] } = change;
      const isMark = ({ key }: { key: readonly unknown[] }): boolean =>
        key.at(-2) === "seen";
      if (sets.some(isMark)) marks.push(sets.length);
      return next(change);
    }),
  );
  const options = { handler: failing, maxRetries: 0, outageThreshold: 1000 };
  for (let i = 0; i < 2; i++) {
    await run(integration, options);
    await clock.sleep(5 * MINUTE);
  }
  assertEquals(await deadLettersOf(integration, { kv, clock }), ids);
  assertEquals(marks, [50, 50, 20]);
});

Deno.test("runPollingTrigger() buries once what fails, when the process dies at any commit", async () => {
  let crashes = 0;
  for (const applied of [false, true]) {
    for (let commit = 1;; commit++) {
      const integration = await polling(() => records(1));
      const { run, clock, kv } = world();
      const crashing = crashingKv(kv, { commit, applied });
      const options = { handler: failing, maxRetries: 0 };
      await run(integration, { ...options, kv: crashing.kv }).catch((error) => {
        assert(error instanceof Crash, `commit ${commit}: ${error}`);
      });
      for (let i = 0; i < 2; i++) {
        await clock.sleep(60 * MINUTE);
        await run(integration, options);
      }
      const dead = await deadLettersOf(integration, { kv, clock });
      assertEquals(dead, [1], `commit ${commit}, applied: ${applied}`);
      if (!crashing.crashed) break;
      crashes++;
    }
  }
  assert(crashes > 8, `${crashes}`);
});

Deno.test("runPollingTrigger() polls when the last poll lies ahead of the clock", async () => {
  const stamps: unknown[] = [];
  const integration = await polling((_inputs, lastPollTs) => {
    stamps.push(lastPollTs);
    return [];
  });
  const { run, kv } = world();
  const at = (minutes: number): Promise<PollReport> =>
    run(integration, { clock: jumpingClock(START + minutes * MINUTE) });
  await at(0);
  await at(1_000_000);
  const back = await at(6);
  assertEquals([back.polled, back.nextPollAt], [true, START + 11 * MINUTE]);
  await at(1_000_000);
  await at(2_000_000);
  assertEquals((await at(12)).polled, true);
  assertEquals(stamps, [
    null,
    "2026-01-01T00:00:00.000Z",
    "2026-01-01T00:00:00.000Z",
    "2026-01-01T00:06:00.000Z",
    new Date(START + 1_000_000 * MINUTE).toISOString(),
    null,
  ]);
  await kv.close();
});
