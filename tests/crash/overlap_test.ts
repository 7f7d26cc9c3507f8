import { fromFileUrl } from "@std/path";
import { assert, assertEquals } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import {
  createSpool,
  type Job,
  type RunReport,
  runSpool,
  type Spool,
} from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { openBackend } from "./_stores.ts";

const EVENTS = 1_000;

function overlapSpool(kv: KvStore, clock = jumpingClock()): Spool<number> {
  return createSpool<number>({
    kv,
    prefix: ["overlap"],
    split: (body) => JSON.parse(new TextDecoder().decode(body)),
    clock,
  });
}

function allEvents(): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(
    JSON.stringify(Array.from({ length: EVENTS }, (_, n) => n)),
  );
}

function jobOf(handle: (n: number) => unknown): Job<number, number> {
  return { prepare: (n) => n, isPoison: () => false, lane: () => "", handle };
}

Deno.test("runSpool() in four processes at once delivers every event once, and those that came second are busy", async () => {
  const dir = await Deno.makeTempDir();
  const kv = await openBackend("deno", dir);
  await overlapSpool(kv).append(allEvents());
  await kv.close();
  const reports = await runChildren(dir, 4);
  const handled = (await Deno.readTextFile(`${dir}/world.log`)).trim().split(
    "\n",
  ).map(Number);
  assertEquals(handled, Array.from({ length: EVENTS }, (_, n) => n));
  // One that begins after the first has finished finds nothing left; the others were turned away.
  assertEquals(
    reports.reduce((sum, { delivered }) => sum + delivered, 0),
    EVENTS,
  );
  for (const { stopped, delivered } of reports) {
    assert(stopped === "busy" ? delivered === 0 : stopped === "empty");
  }
  assert(reports.some(({ stopped }) => stopped === "busy"));
  await Deno.remove(dir, { recursive: true });
});

for (const backend of ["memory", "fs", "deno"] as const) {
  Deno.test(`runSpool() four times at once in one process on ${backend} delivers every event once`, async () => {
    const dir = await Deno.makeTempDir();
    const kv = backend === "memory"
      ? memoryKv()
      : await openBackend(backend, dir);
    await overlapSpool(kv).append(allEvents());
    const handled: number[] = [];
    const reports = await Promise.all(
      Array.from(
        { length: 4 },
        () => runSpool(overlapSpool(kv), jobOf((n) => handled.push(n))),
      ),
    );
    assertEquals(handled, Array.from({ length: EVENTS }, (_, n) => n));
    assertEquals(reports.map(({ stopped }) => stopped).toSorted(), [
      "busy",
      "busy",
      "busy",
      "empty",
    ]);
    await kv.close();
    await Deno.remove(dir, { recursive: true });
  });
}

Deno.test("runSpool() stops as busy and changes nothing after its lease ran out while it slept", async () => {
  const clock = jumpingClock();
  const kv = memoryKv();
  const spool = overlapSpool(kv, clock);
  await spool.append(new TextEncoder().encode("[1,2,3]"));
  const heir: number[] = [];
  const zombie = await runSpool(
    spool,
    jobOf(async (n) => {
      if (n !== 2) return;
      // The process is suspended in the middle of event 2; meanwhile another one takes over.
      await clock.sleep(120_000);
      await runSpool(overlapSpool(kv, clock), jobOf((m) => heir.push(m)), {
        clock,
      });
    }),
    { clock },
  );
  assertEquals(heir, [2, 3]);
  assertEquals([zombie.stopped, zombie.delivered], ["busy", 1]);
  assertEquals(await spool.pending(), 0);
});

async function runChildren(dir: string, count: number): Promise<RunReport[]> {
  const script = fromFileUrl(new URL("./_overlap_child.ts", import.meta.url));
  const children = Array.from(
    { length: count },
    () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--unstable-kv", script, dir],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
  );
  const outputs = children.map(({ stdout }) =>
    stdout.pipeThrough(new TextDecoderStream()).getReader()
  );
  for (const output of outputs) {
    assertEquals((await output.read()).value, "ready\n");
  }
  for (const { stdin } of children) {
    const writer = stdin.getWriter();
    await writer.write(new Uint8Array([10]));
    await writer.close();
  }
  const reports = await Promise.all(outputs.map(readToEnd));
  await Promise.all(children.map(({ status }) => status));
  return reports.map((text) => JSON.parse(text));
}

async function readToEnd(
  output: ReadableStreamDefaultReader<string>,
): Promise<string> {
  let text = "";
  for (let read = await output.read(); !read.done; read = await output.read()) {
    text += read.value;
  }
  return text;
}
