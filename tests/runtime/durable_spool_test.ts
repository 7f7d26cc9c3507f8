import { assert, assertEquals } from "@std/assert";
import type { RunReport } from "../../src/spool/mod.ts";
import { type Host, startHost } from "./_host.ts";

const COUNT = 50;
// How many deliveries the world has seen when the process ends, each time in the middle of one.
const KILLED_AT = [10, 25, 40];

interface Lease {
  /** Why this lease does not outlive the process, or not for long. */
  readonly why: string;
  readonly query: string;
}

const LEASES: readonly Lease[] = [
  { why: "once the lease has run out", query: "leaseMs=300" },
  { why: "at once when it is exclusive", query: "leaseMs=600000&exclusive" },
];

for (const { why, query } of LEASES) {
  Deno.test(`A spool in a Durable Object of real workerd goes on after kill() ${why}, and loses nothing`, async () => {
    await using world = openWorld();
    await using host = await startHost("./_spool_worker.ts", {
      world: world.address,
    });
    for (let n = 0; n < COUNT; n += 10) {
      const body = JSON.stringify(Array.from({ length: 10 }, (_, i) => n + i));
      await host.workerd.ask(`/append?${query}`, { method: "POST", body });
    }
    await host.restart("kill");
    assertEquals(await host.workerd.ask(`/pending?${query}`), COUNT);
    for (const count of KILLED_AT) {
      world.at(count, () => host.workerd.kill());
      assertEquals(await drain(host, query), undefined);
      assertEquals(world.seen.length, count);
      await host.restart("kill");
    }
    const report = await drain(host, query);
    assertEquals([report?.stopped, report?.pending], ["empty", 0]);
    const firstTimes = [...new Set(world.seen)];
    assertEquals(firstTimes, [...Array(COUNT).keys()]);
    // The one in hand, and the one before it where its acknowledgement was on its way.
    const repeats = world.seen.length - COUNT;
    assert(repeats >= KILLED_AT.length, `${repeats} repeats`);
    assert(repeats <= 2 * KILLED_AT.length, `${repeats} repeats`);
  });
}

/** Drains until it is done, or `undefined` when the process has ended meanwhile. */
async function drain(
  host: Host,
  query: string,
): Promise<RunReport | undefined> {
  while (true) {
    const report = await host.workerd.ask<RunReport>(`/drain?${query}`)
      .catch(endedByKill);
    if (report?.stopped !== "busy") return report;
    assert(!query.includes("exclusive"), "the lease of a killed process holds");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function endedByKill(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error;
}

interface World extends AsyncDisposable {
  readonly address: string;
  /** Every number that was delivered, in order. */
  readonly seen: readonly number[];
  /** Does something when the n-th delivery has come in, before it is answered. */
  at(count: number, action: () => Promise<void>): void;
}

function openWorld(): World {
  const seen: number[] = [];
  const actions = new Map<number, () => Promise<void>>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    seen.push(Number(await request.text()));
    await actions.get(seen.length)?.();
    return new Response("taken");
  });
  return {
    address: `127.0.0.1:${server.addr.port}`,
    seen,
    at: (count, action) => actions.set(count, action),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
