import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { KvError } from "../../src/errors.ts";
import type { LogFile } from "../../src/kv/_fs_file.ts";
import { openFsStore } from "../../src/kv/_fs_open.ts";
import { fsKv, type FsKvOptions, type FsKvStore } from "../../src/kv/fs.ts";
import type { KvKey } from "../../src/kv/kv.ts";
import { type Fault, faultyDisk, inFolder, systemError } from "./_faults.ts";

/** A store whose next steps fail as `plan.fault` says, and what it was asked to do. */
async function withFaults(
  test: (
    kv: FsKvStore,
    plan: { fault: Fault | undefined; steps: string[]; dir: string },
  ) => Promise<void>,
  options: FsKvOptions = {},
): Promise<void> {
  await inFolder(async (dir) => {
    const plan: { fault: Fault | undefined; steps: string[]; dir: string } = {
      fault: undefined,
      steps: [],
      dir,
    };
    const disk = faultyDisk((step, apply, write) => {
      plan.steps.push(step);
      if (plan.fault) plan.fault(step, apply, write);
      else apply();
    });
    const kv = await openFsStore(dir, { ...options, disk });
    try {
      await test(kv, plan);
    } finally {
      await kv.close().catch(() => {});
    }
  });
}

function failing(which: string, error: Error): Fault {
  return (step, apply) => {
    if (step === which) throw error;
    apply();
  };
}

function set(kv: FsKvStore, key: KvKey, value: unknown): Promise<unknown> {
  return kv.commit({ sets: [{ key, value }] });
}

async function keys(dir: string): Promise<KvKey[]> {
  await using kv = await fsKv(dir);
  const found: KvKey[] = [];
  for await (const { key } of kv.list({ prefix: [] })) found.push(key);
  return found;
}

Deno.test("commit() undoes a write that failed half way and the store goes on", async () => {
  for (
    const [code, words] of [["ENOSPC", "the disk is full"], [
      "EIO",
      "the write failed",
    ]] as const
  ) {
    await withFaults(async (kv, plan) => {
      await set(kv, ["a"], 1);
      const before = await kv.get(["a"]);
      plan.fault = (step, apply, write) => {
        if (step !== "append log") return apply();
        write?.file.append(write.bytes.subarray(0, 30));
        throw systemError(code);
      };
      const sets = [{ key: ["a"], value: 2 }, { key: ["b"], value: 2 }];
      const error = await assertRejects(
        () => kv.commit({ sets }),
        KvError,
        words,
      );
      assertEquals(error.outcomeUnknown, false);
      assertEquals(error.retryable, true);
      assertStringIncludes((error.cause as Error).message, "injected");
      plan.fault = undefined;
      assertEquals(await kv.get(["a"]), before);
      assertEquals(await kv.get(["b"]), undefined);
      await set(kv, ["c"], 3);
      const versions = [before, await kv.get(["c"])].map((e) =>
        Number(e?.version)
      );
      assertEquals(
        versions,
        [1, 2],
        "the number of the refused commit is free",
      );
      await kv.close();
      assertEquals(await keys(plan.dir), [["a"], ["c"]]);
    });
  }
});

Deno.test("commit() that cannot be undone fails the store until it is opened again", async () => {
  await withFaults(async (kv, plan) => {
    await set(kv, ["a"], 1);
    plan.fault = (step, apply, write) => {
      if (step === "append log") {
        write?.file.append(write.bytes.subarray(0, 30));
        throw systemError("ENOSPC");
      }
      if (step === "truncate log") throw systemError("EIO");
      apply();
    };
    const error = await assertRejects(() => set(kv, ["b"], 1), KvError);
    assertStringIncludes(error.message, "the disk is full and");
    assertEquals(error.outcomeUnknown, true);
    plan.fault = undefined;
    const later = await assertRejects(() => kv.get(["a"]), KvError);
    assertStringIncludes(later.message, "has failed, open it again");
    assertEquals(later.cause, error);
    await kv.close().catch(() => {});
    assertEquals(await keys(plan.dir), [["a"]]);
  });
});

Deno.test("commit() tells every waiter when the disk does not confirm, and all later calls", async () => {
  await withFaults(async (kv, plan) => {
    plan.fault = failing("sync log", systemError("EIO"));
    const results = await Promise.allSettled([
      set(kv, ["a"], 1),
      set(kv, ["b"], 1),
    ]);
    for (const result of results) {
      assert(result.status === "rejected");
      assert(result.reason instanceof KvError);
      assertEquals(result.reason.outcomeUnknown, true);
      assertStringIncludes(result.reason.message, "not confirmed by the disk");
    }
    plan.fault = undefined;
    const steps = plan.steps.length;
    for (
      const call of [
        () => set(kv, ["c"], 1),
        () => kv.commit({ relaxed: true }),
        () => kv.get(["a"]),
        () => kv.list({ prefix: [] })[Symbol.asyncIterator]().next(),
      ]
    ) await assertRejects(call, KvError, "has failed, open it again");
    assertEquals(plan.steps.length, steps, "the disk was left alone");
  });
});

Deno.test("a relaxed commit that the disk does not confirm shows at the next call and at close()", async () => {
  await withFaults(async (kv, plan) => {
    plan.fault = failing("sync log", systemError("EIO"));
    await kv.commit({ sets: [{ key: ["a"], value: 1 }], relaxed: true });
    await assertRejects(() => kv.close(), KvError, "not confirmed by the disk");
    await kv.close();
    await using again = await fsKv(plan.dir);
    assertEquals((await again.get(["a"]))?.value, 1);
  }, { syncIntervalMs: 1e9 });
});

Deno.test("commits at the same time share a sync", async () => {
  await withFaults(async (kv, plan) => {
    plan.steps.length = 0;
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => set(kv, ["n", i], i)),
    );
    const count = (name: string): number =>
      plan.steps.filter((step) => step === name).length;
    assertEquals(count("append log"), 100);
    assertEquals(count("sync log"), 1);
    // One that comes while a sync is under way waits for the next one.
    const first = set(kv, ["first"], 1);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, set(kv, ["second"], 1), set(kv, ["third"], 1)]);
    assertEquals(count("sync log"), 3);
  });
});

Deno.test("commit() resolves after the sync, relaxed before it, and durability decides for both", async () => {
  for (const durability of ["interval", "commit"] as const) {
    await withFaults(async (kv, plan) => {
      const relaxed = { sets: [{ key: ["r"], value: 1 }], relaxed: true };
      plan.steps.length = 0;
      await kv.commit(relaxed);
      const synced = durability === "commit" ? ["sync log"] : [];
      assertEquals(plan.steps, ["append log", ...synced]);
      await set(kv, ["a"], 1);
      assertEquals(plan.steps.slice(-2), ["append log", "sync log"]);
      // Nothing is left to confirm.
      await kv.commit({});
      assertEquals(plan.steps.at(-2), "append log");
    }, { durability, syncIntervalMs: 1e9 });
  }
});

Deno.test("a relaxed commit is synced within syncIntervalMs, and by close()", async () => {
  let synced = Promise.withResolvers<void>();
  await withFaults(async (kv, plan) => {
    plan.fault = (step, apply) => {
      apply();
      if (step === "sync log") synced.resolve();
    };
    const change = { sets: [{ key: ["a"], value: 1 }], relaxed: true };
    // The timer keeps no process alive, so the test has one that does.
    const alive = setInterval(() => {}, 1000);
    await kv.commit(change);
    await synced.promise;
    clearInterval(alive);
    synced = Promise.withResolvers();
    await kv.commit(change);
    await kv.close();
    await synced.promise;
  }, { syncIntervalMs: 1 });
});

Deno.test("a compaction that fails leaves the log in use and no commit fails for it", async () => {
  for (
    const step of [
      "create log.tmp",
      "append log.tmp",
      "sync log.tmp",
      "rename",
    ]
  ) {
    await withFaults(async (kv, plan) => {
      plan.fault = failing(step, systemError("ENOSPC"));
      for (let i = 0; i < 20; i++) await set(kv, ["a"], i);
      assert(plan.steps.includes(step), step);
      assertEquals((await kv.get(["a"]))?.value, 19);
      const tries = plan.steps.filter((taken) => taken === step).length;
      assert(tries < 5, `tried ${tries} times`);
      assertEquals(
        [...Deno.readDirSync(plan.dir)].map(({ name }) => name).sort(),
        ["log", "sluice.lock"],
        `${step}: what was begun takes no room`,
      );
      plan.fault = undefined;
      for (let i = 20; i < 60; i++) await set(kv, ["a"], i);
      assert(plan.steps.includes("syncFolder"), "compacted at last");
      await kv.close();
      assertEquals(await keys(plan.dir), [["a"]]);
      assert(Deno.statSync(`${plan.dir}/log`).size < 1500);
    }, { compactAtBytes: 200 });
  }
});

Deno.test("a compaction copies no log that the disk does not confirm", async () => {
  await withFaults(async (kv, plan) => {
    plan.steps.length = 0;
    plan.fault = failing("sync log", systemError("EIO"));
    await assertRejects(
      async () => {
        for (let i = 0; i < 100; i++) {
          await kv.commit({ sets: [{ key: ["a"], value: i }], relaxed: true });
        }
      },
      KvError,
      "has failed, open it again",
    );
    assertEquals(plan.steps.at(-1), "sync log");
    assertEquals(plan.steps.includes("create log.tmp"), false);
  }, { compactAtBytes: 200, syncIntervalMs: 1e9 });
});

Deno.test("a compaction whose rename is not confirmed fails the store", async () => {
  await withFaults(async (kv, plan) => {
    plan.fault = failing("syncFolder", systemError("EIO"));
    let acknowledged = -1;
    const error = await assertRejects(
      async () => {
        for (let i = 0; i < 100; i++) {
          await set(kv, ["a"], i);
          acknowledged = i;
        }
      },
      KvError,
      "has failed, open it again",
    );
    assertStringIncludes((error.cause as Error).message, "Cannot compact");
    await kv.close().catch(() => {});
    await using again = await fsKv(plan.dir);
    assertEquals((await again.get(["a"]))?.value, acknowledged);
  }, { compactAtBytes: 200 });
});

Deno.test("get() and list() refuse a record that was damaged while the store was open", async () => {
  await inFolder(async (dir) => {
    await using kv = await fsKv(dir);
    await set(kv, ["a"], "value");
    const bytes = Deno.readFileSync(`${dir}/log`);
    const at = new TextDecoder().decode(bytes).indexOf("value");
    bytes[at] = 0x56;
    Deno.writeFileSync(`${dir}/log`, bytes);
    const words = "/log: the record at byte ";
    await assertRejects(() => kv.get(["a"]), KvError, words);
    const walk = kv.list({ prefix: [] })[Symbol.asyncIterator]();
    await assertRejects(() => walk.next(), KvError, words);
  });
});

Deno.test("get() is a KvError that says why when the disk gives nothing back", async () => {
  await inFolder(async (dir) => {
    const cause = systemError("EIO");
    let isBroken = false;
    const disk = faultyDisk((_step, apply) => apply());
    const open = (path: string): LogFile | undefined => {
      const file = disk.open(path);
      return file && {
        ...file,
        readAt(offset, target): number {
          if (isBroken) throw cause;
          return file.readAt(offset, target);
        },
      };
    };
    await using kv = await openFsStore(dir, { disk: { ...disk, open } });
    await set(kv, ["a"], "value");
    isBroken = true;
    const error = await assertRejects(
      () => kv.get(["a"]),
      KvError,
      "/log: the host refuses it (Error)",
    );
    assertEquals(error.cause, cause);
  });
});

Deno.test("fsKv() that cannot begin a log leaves nothing of it", async () => {
  for (const step of ["append log.tmp", "sync log.tmp", "rename"]) {
    await inFolder(async (dir) => {
      const disk = faultyDisk(failing(step, systemError("ENOSPC")));
      await assertRejects(
        () => openFsStore(dir, { disk }),
        KvError,
        "Cannot open the store in",
      );
      const left = [...Deno.readDirSync(dir)].map(({ name }) => name);
      assertEquals(left, ["sluice.lock"], step);
      assertEquals(await keys(dir), []);
    });
  }
});

Deno.test("a compaction copies no blob that was damaged, and leaves the log in use", async () => {
  await withFaults(async (kv, plan) => {
    await set(kv, ["blob"], new TextEncoder().encode("precious"));
    const bytes = Deno.readFileSync(`${plan.dir}/log`);
    bytes[new TextDecoder().decode(bytes).indexOf("precious")] = 0x50;
    Deno.writeFileSync(`${plan.dir}/log`, bytes);
    plan.steps.length = 0;
    for (let i = 0; i < 20; i++) await set(kv, ["a"], i);
    assert(plan.steps.includes("create log.tmp"), "it was tried");
    assertEquals(plan.steps.includes("rename"), false);
    assertEquals((await kv.get(["a"]))?.value, 19);
    await assertRejects(() => kv.get(["blob"]), KvError, "is damaged");
  }, { compactAtBytes: 200 });
});
