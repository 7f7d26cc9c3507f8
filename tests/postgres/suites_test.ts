/** What must hold on every store that outlives a process, on PostgreSQL. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { encodeUtf8 } from "../../src/_internal/bytes.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { signHex } from "../company_data/_hostile_delivery.ts";
import { webhookWorld } from "../company_data/_webhook_world.ts";
import { deliveryCrashMatrix } from "../crash/delivery_matrix.ts";
import { crashMatrix } from "../crash/spool_matrix.ts";
import { jumpingClock } from "../_support/clock.ts";
import { crashingKv } from "../_support/crashing_kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { startDatabase } from "./_database.ts";

/** Opens an empty store. */
type OpenStore = () => Promise<{ kv: KvStore; done: () => Promise<void> }>;

/** One crash: the store, and as the process sees it that is going to die. */
interface Round {
  readonly kv: KvStore;
  readonly crashing: KvStore;
  readonly applied: boolean;
}

const PAGE = 2;
const SECRET = "first secret";
// It is the process that dies here, not the server: there is no need to wait for its disk.
const database = await startDatabase({ synchronous_commit: "off" });
const world = await webhookWorld();
const instantly = { backoff: (): number => 0 };

// A suite resolves to the number of crashes that it survived.
const SUITES: Readonly<Record<string, (open: OpenStore) => Promise<number>>> = {
  "A spool": crashMatrix,
  "A sender": deliveryCrashMatrix,
  "A pump": pumpMatrix,
  "An inbox": inboxMatrix,
};

for (const [subject, suite] of Object.entries(SUITES)) {
  Deno.test({
    name:
      `${subject} on ${database.name} loses nothing when the process dies at any commit`,
    ...database.sanitizers,
    async fn(): Promise<void> {
      const { kv, sql, table, done } = await database.open();
      // One table for all rounds, as making one takes longer than a round.
      const crashes = await suite(() =>
        Promise.resolve({
          kv,
          done: async () => void await sql.unsafe(`delete from ${table}`),
        })
      );
      await done();
      assertGreater(crashes, 10);
    },
  });
}

/**
 * Drains a feed of three pages with a crash at every commit. The platform has deleted a page when it answers, so the one
 * in hand is lost when the process dies before the commit that stores it, and only then.
 */
async function pumpMatrix(open: OpenStore): Promise<number> {
  return await everyCrash(open, async ({ kv, crashing, applied }) => {
    let inHand = 0;
    const doomed = withCommit(crashing, async (change, next) => {
      const isPage = change.sets?.some(({ key }) => key.includes("seg"));
      try {
        return await next(change);
      } catch (error) {
        if (isPage && !applied) inHand = PAGE;
        throw error;
      }
    });
    const ids = Array.from({ length: 5 }, (_, i) => `c-${i}`);
    for (const id of ids) {
      world.sandbox.publishRaw({ id, event: "connection_created" });
    }
    const seen: unknown[] = [];
    const handler = ({ id }: { id: unknown }): void => void seen.push(id);
    const options = { ...instantly, batchSize: PAGE };
    const before = await world.client({}, { kv: doomed, ...jumpingClock() });
    await before.processChanges(handler, options).catch(() => {});
    const clock = jumpingClock(Date.now() + 3_600_000);
    const after = await world.client({}, { kv, ...clock });
    const report = await after.processChanges(handler, options);
    assertEquals([report.stopped, report.pending], ["empty", 0]);
    const firstTimes = [...new Set(seen)];
    assertEquals(firstTimes, ids.filter((id) => firstTimes.includes(id)));
    assert(ids.length - firstTimes.length <= inHand, `only ${firstTimes}`);
  });
}

/** Stores and delivers webhooks with a crash at every commit. */
async function inboxMatrix(open: OpenStore): Promise<number> {
  return await everyCrash(open, async ({ kv, crashing }) => {
    const config = { webhooks: { wh_1: SECRET } };
    const before = await world.client(config, { kv: crashing });
    const promised: string[] = [];
    const seen = new Set<unknown>();
    const handler = ({ raw }: { raw: Record<string, unknown> }): void =>
      void seen.add(raw["id"]);
    try {
      for (const id of ["w-0", "w-1", "w-2"]) {
        const body = encodeUtf8(
          JSON.stringify({ id, event: "connection_created" }),
        );
        await before.storeWebhook(body, {
          "X-Allus-Webhook-Id": "wh_1",
          "X-Allus-Signature": await signHex(SECRET, body),
        });
        promised.push(id);
      }
      await before.processInbox(handler, instantly);
    } catch {
      // The process is gone.
    }
    const clock = jumpingClock(Date.now() + 3_600_000);
    const after = await world.client(config, { kv, ...clock });
    const report = await after.processInbox(handler, instantly);
    assertEquals([report.pending, report.deadLettered], [0, 0]);
    for (const id of promised) assert(seen.has(id), id);
  });
}

/** Runs a scenario with a crash at the n-th commit, before and after it was applied, until it ends without one. */
async function everyCrash(
  open: OpenStore,
  scenario: (round: Round) => Promise<void>,
): Promise<number> {
  let crashes = 0;
  for (const applied of [false, true]) {
    for (let commit = 1;; commit++) {
      const { kv, done } = await open();
      const crashing = crashingKv(kv, { commit, applied });
      await scenario({ kv, crashing: crashing.kv, applied });
      await done();
      if (!crashing.crashed) break;
      crashes++;
    }
  }
  return crashes;
}
