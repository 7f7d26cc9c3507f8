import { assert, assertEquals } from "@std/assert";
import { openFsStore } from "../../src/kv/_fs_open.ts";
import type { LogFile } from "../../src/kv/_fs_file.ts";
import { fsKv, type FsKvStore } from "../../src/kv/fs.ts";
import { type Fault, faultyDisk, inFolder } from "./_faults.ts";

// Overwrites of three keys, so that compactions come every few commits, and no timer, so that each run is the same.
const OPTIONS = { compactAtBytes: 300, syncIntervalMs: 1e9 };
const COMMITS = 14;

type Death = "before" | "after" | "half";

/** A disk that dies at one step and stays dead; a write may die half way. */
function dyingDisk(
  at: number,
  death: Death,
): { fault: Fault; steps: string[] } {
  const steps: string[] = [];
  const fault: Fault = (step, apply, write) => {
    steps.push(step);
    if (steps.length < at) return apply();
    if (steps.length === at && death === "after") apply();
    if (steps.length === at && death === "half") half(write);
    throw new Error("the process died");
  };
  return { fault, steps };
}

function half(write?: { file: LogFile; bytes: Uint8Array }): void {
  write?.file.append(write.bytes.subarray(0, write.bytes.length >> 1));
}

async function commit(kv: FsKvStore, i: number): Promise<void> {
  await kv.commit({
    sets: [{ key: ["last"], value: i }, {
      key: ["n", i % 2],
      value: new Uint8Array(20 + i).fill(i),
    }],
    deletes: i % 3 === 0 ? [["n", (i + 1) % 2]] : [],
    relaxed: i % 4 === 0,
  });
}

/** Commits until the disk dies; how many were acknowledged. */
async function runToDeath(dir: string, fault: Fault): Promise<number> {
  let acknowledged = 0;
  const kv = await openFsStore(dir, { ...OPTIONS, disk: faultyDisk(fault) })
    .catch(() => undefined);
  try {
    for (let i = 1; kv && i <= COMMITS; i++) {
      await commit(kv, i);
      acknowledged = i;
    }
    await kv?.close();
  } catch {
    await kv?.close().catch(() => {});
  }
  return acknowledged;
}

async function contents(kv: FsKvStore): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const { key, value } of kv.list({ prefix: [] })) {
    all.push([key, value]);
  }
  return all;
}

async function expected(upTo: number): Promise<unknown[]> {
  let all: unknown[] = [];
  await inFolder(async (dir) => {
    await using kv = await fsKv(dir, { durability: "interval" });
    for (let i = 1; i <= upTo; i++) await commit(kv, i);
    all = await contents(kv);
  });
  return all;
}

Deno.test("fsKv() keeps every acknowledged commit whole when the process dies at any step", async (t) => {
  const states: unknown[][] = [];
  for (let i = 0; i <= COMMITS; i++) states.push(await expected(i));
  let steps: string[] = [];
  await inFolder(async (dir) => {
    const { fault, steps: taken } = dyingDisk(Infinity, "before");
    assertEquals(await runToDeath(dir, fault), COMMITS);
    steps = taken;
  });
  for (
    const step of ["create log.tmp", "sync log.tmp", "rename", "syncFolder"]
  ) {
    assert(
      steps.filter((s) => s === step).length > 2,
      `no compaction: ${step}`,
    );
  }
  for (const death of ["before", "after", "half"] as const) {
    await t.step(`dying ${death} the step`, async () => {
      for (let at = 1; at <= steps.length; at++) {
        await inFolder(async (dir) => {
          const acknowledged = await runToDeath(
            dir,
            dyingDisk(at, death).fault,
          );
          await using kv = await fsKv(dir);
          const found = JSON.stringify(await contents(kv));
          const wanted = states.slice(acknowledged, acknowledged + 2);
          assert(
            wanted.some((state) => JSON.stringify(state) === found),
            `step ${at} (${
              steps[at - 1]
            }): ${acknowledged} acknowledged, found ${found}`,
          );
          await commit(kv, COMMITS + 1);
        });
      }
    });
  }
});

Deno.test("fsKv() removes a log that a compaction left unfinished", async () => {
  await inFolder(async (dir) => {
    {
      await using kv = await fsKv(dir);
      await commit(kv, 1);
    }
    await Deno.writeTextFile(`${dir}/log.tmp`, "half of it");
    await using kv = await fsKv(dir);
    assertEquals((await contents(kv)).length, 2);
    assertEquals(
      [...Deno.readDirSync(dir)].map(({ name }) => name).sort(),
      ["log", "sluice.lock"],
    );
  });
});
