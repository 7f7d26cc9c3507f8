import { fromFileUrl } from "@std/path";
import { assert, assertEquals } from "@std/assert";
import { createSpool, runSpool } from "../../src/spool/mod.ts";
import { seeded } from "../_support/seeded.ts";
import { untilMore } from "../_support/world_log.ts";
import { type Backend, BACKENDS, openBackend } from "./_stores.ts";

const TRIALS = Number(Deno.env.get("KILL_TRIALS") ?? 120);
const ACK_WINDOW = 4;

for (const backend of BACKENDS) {
  Deno.test(`A spool on ${backend} loses nothing and repeats no more than its window when ${TRIALS} processes are killed`, async () => {
    const dir = await Deno.makeTempDir();
    const random = seeded(42);
    for (let trial = 0; trial < TRIALS; trial++) {
      await killOne(backend, {
        dir,
        first: trial * 100_000,
        lines: trial % 2 === 0 ? 3 : 0,
        afterMs: random() * 30,
      });
    }
    const numbers = await readWorld(dir);
    const before = numbers.handled.length;
    await deliverTheRest(backend, { dir, handled: numbers.handled });
    assert(before > TRIALS, `the children handled only ${before} events`);
    const handled = new Set(numbers.handled);
    assertEquals(numbers.durable.filter((n) => !handled.has(n)), []);
    const repeats = numbers.handled.length - handled.size;
    assert(
      repeats <= TRIALS * (ACK_WINDOW + 1),
      `${repeats} repeats in ${TRIALS} trials`,
    );
    const firstTimes = [...handled];
    assertEquals(firstTimes, firstTimes.toSorted((a, b) => a - b));
    await Deno.remove(dir, { recursive: true });
  });
}

async function killOne(
  backend: Backend,
  trial: { dir: string; first: number; lines: number; afterMs: number },
): Promise<void> {
  const script = fromFileUrl(new URL("./_killed_child.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--unstable-kv",
      script,
      backend,
      trial.dir,
      String(trial.first),
      String(ACK_WINDOW),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "ready\n");
  const { dir, lines } = trial;
  await untilMore(`${dir}/world.log`, { start: "handled ", lines });
  await new Promise((resolve) => setTimeout(resolve, trial.afterMs));
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
}

async function readWorld(
  dir: string,
): Promise<{ durable: number[]; handled: number[] }> {
  const world = { durable: [] as number[], handled: [] as number[] };
  for (
    const line of (await Deno.readTextFile(`${dir}/world.log`)).split("\n")
  ) {
    const [what, ...numbers] = line.split(" ");
    if (what === "durable" || what === "handled") {
      world[what].push(
        ...numbers.map(Number),
      );
    }
  }
  return world;
}

async function deliverTheRest(
  backend: Backend,
  rest: { dir: string; handled: number[] },
): Promise<void> {
  const kv = await openBackend(backend, rest.dir);
  const spool = createSpool<number>({
    kv,
    prefix: ["killed"],
    split: (body) => JSON.parse(new TextDecoder().decode(body)),
  });
  const job = {
    prepare: (n: number) => n,
    isPoison: () => false,
    lane: () => "",
    handle: (n: number) => rest.handled.push(n),
  };
  let report = await runSpool(spool, job);
  while (report.stopped === "busy") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    report = await runSpool(spool, job);
  }
  assertEquals([report.stopped, report.pending], ["empty", 0]);
  await kv.close();
}
