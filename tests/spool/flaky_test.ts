import { assert, assertEquals } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { runSpool } from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { flakyKv } from "../_support/flaky_kv.ts";
import { numberJob, numbers, numberSpool } from "./_numbers.ts";

const EVENTS = 20;
// Events 3 and 4 are poison for the handler, the rest works.
const POISON = [3, 4];

for (const concurrency of [1, 3]) {
  for (const applied of [false, true]) {
    const when = applied ? "after" : "before";
    Deno.test(`runSpool() with concurrency ${concurrency} loses nothing when one commit fails ${when} it was applied`, async () => {
      let failures = 0;
      for (let commit = 2;; commit++) {
        const flaky = flakyKv(memoryKv(), { commit, applied });
        await oneFailure(flaky.kv, { concurrency, ackWindow: 1 + commit % 4 });
        if (!flaky.failed) break;
        failures++;
      }
      assert(failures > 10, `only ${failures} commits failed`);
    });
  }
}

async function oneFailure(
  kv: ReturnType<typeof memoryKv>,
  options: { concurrency: number; ackWindow: number },
): Promise<void> {
  const clock = jumpingClock();
  const spool = numberSpool(kv, { clock });
  await spool.append(numbers(0, EVENTS)).catch(onlyKvError);
  if (await spool.pending() === 0) await spool.append(numbers(0, EVENTS));
  const handled = new Set<number>();
  const job = numberJob(async ({ n }) => {
    await Promise.resolve();
    if (POISON.includes(n)) throw new Error("poison");
    handled.add(n);
  });
  const settings = { ...options, clock, maxRetries: 0 };
  for (let run = 0; run < 3; run++) {
    await clock.sleep(60_000);
    await runSpool(spool, job, settings).catch(onlyKvError);
  }
  const dead = await Array.fromAsync(spool.deadLetters());
  for (const { value } of dead) handled.add(value.n);
  assertEquals(
    [...handled].toSorted((a, b) => a - b),
    Array.from({ length: EVENTS }, (_, n) => n),
  );
  assertEquals(await spool.pending(), 0);
}

function onlyKvError(error: unknown): void {
  if (!(error instanceof KvError)) throw error;
}
