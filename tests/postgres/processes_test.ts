/** Several processes on one server, and what becomes of it all when one of them is killed. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { KvStore } from "../../src/kv/kv.ts";
import { createSpool, runSpool, type Spool } from "../../src/spool/mod.ts";
import { seeded } from "../_support/seeded.ts";
import { untilMore } from "../_support/world_log.ts";
import { startDatabase } from "./_database.ts";

const TRIALS = Number(Deno.env.get("KILL_TRIALS") ?? 25);
const ACK_WINDOW = 4;
const EVENTS = 1_000;

const database = await startDatabase();
const ignore = database.server === undefined;
const url = database.server?.url ?? "";

Deno.test({
  name:
    `A spool on PostgreSQL loses nothing and repeats no more than its window when ${TRIALS} processes are killed`,
  ignore,
  async fn(): Promise<void> {
    const { kv, table, done } = await database.open();
    const dir = await Deno.makeTempDir();
    const random = seeded(42);
    for (let trial = 0; trial < TRIALS; trial++) {
      const child = start(["fill", url, table, dir, `${trial * 100_000}`]);
      await child.ready;
      if (trial % 2 === 0) {
        await untilMore(`${dir}/world.log`, { start: "handled ", lines: 3 });
      }
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      await child.kill();
    }
    const { durable, handled } = await readWorld(dir);
    const before = handled.length;
    await drainWhenFree(spoolOf(kv, "fill"), (n) => handled.push(n));
    assert(before > TRIALS, `the children handled only ${before} events`);
    const known = new Set(handled);
    assertEquals(durable.filter((n) => !known.has(n)), []);
    const repeats = handled.length - known.size;
    assert(repeats <= TRIALS * (ACK_WINDOW + 1), `${repeats} repeats`);
    const firstTimes = [...known];
    assertEquals(firstTimes, firstTimes.toSorted((a, b) => a - b));
    await done();
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test({
  name:
    "runSpool() in four processes at once on PostgreSQL delivers every event once, and those that came second are busy",
  ignore,
  async fn(): Promise<void> {
    const { kv, table, done } = await database.open();
    const dir = await Deno.makeTempDir();
    const events = Array.from({ length: EVENTS }, (_, n) => n);
    await spoolOf(kv, "drain").append(
      new TextEncoder().encode(JSON.stringify(events)),
    );
    const children = Array.from(
      { length: 4 },
      () => start(["drain", url, table, dir]),
    );
    for (const child of children) await child.ready;
    for (const child of children) await child.go();
    const reports = await Promise.all(
      children.map(async (child) => JSON.parse(await child.output())),
    );
    assertEquals((await readWorld(dir)).handled, events);
    assertEquals(reports.reduce((sum, r) => sum + r.delivered, 0), EVENTS);
    for (const { stopped, delivered } of reports) {
      assert(stopped === "busy" ? delivered === 0 : stopped === "empty");
    }
    assert(reports.some(({ stopped }) => stopped === "busy"));
    await done();
    await Deno.remove(dir, { recursive: true });
  },
});

interface Child {
  /** Resolves when it is about to begin. */
  readonly ready: Promise<void>;
  go(): Promise<void>;
  kill(): Promise<void>;
  /** What it printed, once it has ended. */
  output(): Promise<string>;
}

function start(args: string[]): Child {
  const script = fromFileUrl(new URL("./_child.ts", import.meta.url));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  return {
    ready: reader.read().then(({ value }) => assertEquals(value, "ready\n")),
    async go(): Promise<void> {
      const writer = process.stdin.getWriter();
      await writer.write(new Uint8Array([10]));
      await writer.close();
    },
    async kill(): Promise<void> {
      process.kill("SIGKILL");
      await process.status;
      await reader.cancel();
      await process.stdin.close().catch(() => {});
    },
    async output(): Promise<string> {
      let text = "";
      for (let read = await reader.read(); !read.done;) {
        text += read.value;
        read = await reader.read();
      }
      await process.status;
      return text;
    },
  };
}

async function drainWhenFree(
  spool: Spool<number>,
  handle: (n: number) => unknown,
): Promise<void> {
  const job = {
    prepare: (n: number): number => n,
    isPoison: (): boolean => false,
    lane: (): string => "",
    handle,
  };
  let report = await runSpool(spool, job);
  while (report.stopped === "busy") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    report = await runSpool(spool, job);
  }
  assertEquals([report.stopped, report.pending], ["empty", 0]);
}

async function readWorld(
  dir: string,
): Promise<{ durable: number[]; handled: number[] }> {
  const world = { durable: [] as number[], handled: [] as number[] };
  const lines = (await Deno.readTextFile(`${dir}/world.log`)).split("\n");
  for (const line of lines) {
    const [what, ...numbers] = line.split(" ");
    if (what !== "durable" && what !== "handled") continue;
    world[what].push(...numbers.map(Number));
  }
  return world;
}

function spoolOf(kv: KvStore, name: string): Spool<number> {
  return createSpool<number>({
    kv,
    prefix: [name],
    split: (body) => JSON.parse(new TextDecoder().decode(body)),
  });
}
