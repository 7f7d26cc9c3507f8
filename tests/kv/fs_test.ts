import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { openFsStore } from "../../src/kv/_fs_open.ts";
import { fsKv, type FsKvOptions, type FsKvStore } from "../../src/kv/fs.ts";
import { faultyDisk, inFolder } from "./_faults.ts";

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

async function fill(kv: FsKvStore, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 10; i++) {
      await kv.commit({
        sets: [
          { key: ["json", i], value: { round, i } },
          { key: ["blob", i], value: new Uint8Array(i).fill(round) },
        ],
        deletes: [["gone", i]],
        relaxed: true,
      });
    }
  }
}

async function contents(kv: FsKvStore): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const entry of kv.list({ prefix: [] })) all.push(entry);
  return all;
}

Deno.test("fsKv() creates folder and files for their owner alone, whatever the umask", async () => {
  for (const umask of [0, 0o777]) {
    await inFolder(async (parent) => {
      const dir = `${parent}/new/store`;
      const previous = Deno.umask(umask);
      let store: FsKvStore | undefined;
      try {
        store = await fsKv(dir, { compactAtBytes: 0 });
        await fill(store, 3);
      } finally {
        Deno.umask(previous);
        await store?.close();
      }
      assertEquals(modeOf(`${parent}/new`), 0o700);
      assertEquals(modeOf(dir), 0o700);
      assertEquals(modeOf(`${dir}/log`), 0o600);
      assertEquals(modeOf(`${dir}/sluice.lock`), 0o600);
    });
  }
});

Deno.test("fsKv() takes files that were restored for everybody from them", async () => {
  await inFolder(async (dir) => {
    await (await fsKv(dir)).close();
    Deno.chmodSync(`${dir}/log`, 0o644);
    await (await fsKv(dir)).close();
    assertEquals(modeOf(`${dir}/log`), 0o600);
  });
});

Deno.test("fsKv() takes a URL as well as a path", async () => {
  await inFolder(async (dir) => {
    await using kv = await fsKv(new URL(`file://${dir}/a%20b`));
    await kv.commit({ sets: [{ key: ["a"], value: 1 }] });
    assert(Deno.statSync(`${dir}/a b/log`).isFile);
  });
});

Deno.test("fsKv() refuses a second opening in the same process until the first is closed", async () => {
  await inFolder(async (dir) => {
    const first = await fsKv(dir);
    const error = await assertRejects(() => fsKv(`${dir}/.`), KvError);
    assertStringIncludes(error.message, `process ${Deno.pid} has had it open`);
    assertEquals(error.retryable, true);
    const holder = JSON.parse(Deno.readTextFileSync(`${dir}/sluice.lock`));
    assertEquals(holder.pid, Deno.pid);
    assertEquals(holder.host, Deno.hostname());
    assert(Math.abs(Date.parse(holder.since) - Date.now()) < 60_000);
    await first.close();
    assertEquals(Deno.readTextFileSync(`${dir}/sluice.lock`), "");
    await using second = await fsKv(dir);
    assertEquals(second.exclusive, true);
  });
});

Deno.test("fsKv() gives the lock back when it cannot open the log", async () => {
  await inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/log`, "no log");
    await assertRejects(() => fsKv(dir), KvError, "is damaged");
    await Deno.remove(`${dir}/log`);
    const stop = new Error("the caller's own");
    await Deno.writeTextFile(`${dir}/log`, "no log");
    const onRecover = (): never => {
      throw stop;
    };
    const error = await assertRejects(
      () => fsKv(dir, { repair: true, onRecover }),
    );
    assertEquals(error, stop);
    await using kv = await fsKv(dir);
    assertEquals(kv.recovered, undefined);
  });
});

Deno.test("fsKv() says which folder it cannot use", async () => {
  await inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "");
    const error = await assertRejects(
      () => fsKv(`${dir}/file/store`),
      KvError,
      `Cannot open the store in ${dir}/file/store: `,
    );
    assert(error.cause instanceof Error);
  });
});

Deno.test("fsKv() refuses Deno Deploy unless told that the data may go", async () => {
  for (const name of ["DENO_DEPLOYMENT_ID", "DENO_DEPLOY"]) {
    await inFolder(async (dir) => {
      Deno.env.set(name, "1");
      try {
        await assertRejects(
          () => fsKv(`${dir}/store`),
          KvError,
          "the disk of Deno Deploy is gone with the instance, use denoKv",
        );
        assertEquals([...Deno.readDirSync(dir)], []);
        await using kv = await fsKv(dir, { allowEphemeral: true });
        assertEquals((await kv.commit({})).ok, true);
      } finally {
        Deno.env.delete(name);
      }
    });
  }
});

Deno.test("fsKv() refuses options that are none, before it touches the disk", async () => {
  await inFolder(async (dir) => {
    const bad: [FsKvOptions, new () => Error, string][] = [
      [{ durability: "never" as "commit" }, TypeError, "durability"],
      [{ syncIntervalMs: -1 }, RangeError, "syncIntervalMs"],
      [{ syncIntervalMs: NaN }, RangeError, "syncIntervalMs"],
      [{ compactAtBytes: -1 }, RangeError, "compactAtBytes"],
      [{ compactAtBytes: 1.5 }, RangeError, "compactAtBytes"],
      [{ onRecover: 1 as unknown as () => void }, TypeError, "onRecover"],
      [{ repair: "no" as unknown as boolean }, TypeError, "repair"],
      [{ allowEphemeral: 1 as unknown as true }, TypeError, "allowEphemeral"],
      [{ now: 1 as unknown as () => number }, TypeError, "now"],
    ];
    for (const [options, type, name] of bad) {
      await assertRejects(
        () => fsKv(`${dir}/store`, options),
        type,
        `Cannot use ${name}: wanted`,
      );
    }
    assertEquals([...Deno.readDirSync(dir)], []);
    const absent = { syncIntervalMs: undefined, repair: undefined };
    await using kv = await fsKv(dir, absent as unknown as FsKvOptions);
    await kv.commit({ sets: [{ key: ["a"], value: 1 }], relaxed: true });
  });
});

Deno.test("fsKv() needs no permission but for its folder", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await runRestricted(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

async function runRestricted(dir: string): Promise<void> {
  const child = new URL("_child.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      `--allow-read=${dir}/store`,
      `--allow-write=${dir}/store`,
      child,
      "open",
      `${dir}/store`,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "opened\n");
}

Deno.test("an entry is absent once it has expired, here and after opening again", async () => {
  await inFolder(async (dir) => {
    let time = 1_000_000;
    const options = { now: () => time };
    let version = "";
    {
      await using kv = await fsKv(dir, options);
      const set = { key: ["a"], value: 1 };
      await kv.commit({ sets: [set] });
      const result = await kv.commit({ sets: [{ ...set, expireInMs: 100 }] });
      if (result.ok) version = result.version;
      time += 99;
      assertEquals((await kv.get(["a"]))?.value, 1);
    }
    {
      await using kv = await fsKv(dir, options);
      assertEquals((await kv.get(["a"]))?.version, version);
    }
    time += 1;
    await using kv = await fsKv(dir, options);
    assertEquals(await contents(kv), []);
    assertEquals(await kv.get(["a"]), undefined);
    const key = ["a"];
    const stale = await kv.commit({ checks: [{ key, version }] });
    assertEquals(stale.ok, false);
    const fresh = await kv.commit({ checks: [{ key, version: null }] });
    assertEquals(fresh.ok, true);
  });
});

Deno.test("a compaction keeps values, versions, order and expiry and drops all else", async () => {
  await inFolder(async (dir) => {
    let time = 1_000_000;
    const options = { now: () => time, compactAtBytes: 0 };
    const expire = { key: ["soon"], value: 1, expireInMs: 100 };
    let before: unknown[];
    let counter: string;
    {
      await using kv = await fsKv(dir, { ...options, compactAtBytes: 1e9 });
      const oldest = { key: ["zz"], value: "last in order" };
      await kv.commit({
        sets: [expire, { ...expire, key: ["stays"] }, oldest],
      });
      await kv.commit({ sets: [{ ...expire, key: ["stays"], value: 2 }] });
      await fill(kv, 20);
      const set = { key: ["last"], value: 1 };
      const result = await kv.commit({ sets: [set] });
      counter = result.ok ? result.version : "";
      await kv.commit({ deletes: [["last"]] });
      before = await contents(kv);
    }
    const size = Deno.statSync(`${dir}/log`).size;
    time += 100;
    {
      await using kv = await fsKv(dir, options);
      await kv.commit({ sets: [{ key: ["z"], value: 1 }] });
    }
    const compacted = Deno.readFileSync(`${dir}/log`);
    assert(compacted.length < size / 5, `${size} to ${compacted.length}`);
    const text = new TextDecoder().decode(compacted);
    assert(!text.includes('"soon"') && text.includes('"zz"'));
    await using kv = await fsKv(dir, options);
    const after = await contents(kv);
    assertEquals(
      after.toSpliced(-2, 1),
      before.filter((entry) =>
        !["soon", "stays"].includes((entry as { key: string[] }).key[0] ?? "")
      ),
    );
    const next = await kv.commit({ sets: [{ key: ["last"], value: 2 }] });
    assert(next.ok && Number(next.version) > Number(counter) + 1);
  });
});

Deno.test("reads go on during a compaction, commits wait and keep their order", async () => {
  await inFolder(async (dir) => {
    let gate = Promise.resolve();
    const disk = faultyDisk((_, apply) => apply());
    const { syncFolder } = disk;
    disk.syncFolder = async (path): Promise<void> => {
      await gate;
      await syncFolder(path);
    };
    await using kv = await openFsStore(dir, { compactAtBytes: 500, disk });
    const held = Promise.withResolvers<void>();
    gate = held.promise;
    const a = { key: ["a"], value: "x".repeat(1000) };
    await kv.commit({ sets: [a] });
    await kv.commit({ sets: [{ ...a, value: "y" }] }); // this one sets it off
    const resolved: number[] = [];
    const commits = Array.from({ length: 5 }, async (_, n) => {
      const sets = [{ ...a, value: n }, { key: ["n", n], value: n }];
      const result = await kv.commit({ sets, relaxed: n % 2 === 0 });
      resolved.push(n);
      return result.ok ? Number(result.version) : 0;
    });
    const change = { sets: [{ ...a, value: "z" }], deletes: [a.key] };
    await assertRejects(() => kv.commit(change), TypeError);
    assertEquals((await kv.get(["a"]))?.value, "y");
    assertEquals((await contents(kv)).length, 1);
    assertEquals(resolved, []);
    held.resolve();
    assertEquals(await Promise.all(commits), [3, 4, 5, 6, 7]);
    assertEquals((await kv.get(["a"]))?.value, 4);
    assertEquals((await contents(kv)).length, 6);
  });
});

Deno.test("close() waits for a compaction and the commits behind it", async () => {
  await inFolder(async (dir) => {
    const kv = await fsKv(dir, { compactAtBytes: 0 });
    await fill(kv, 2);
    const pending = Array.from(
      { length: 20 },
      (_, n) => kv.commit({ sets: [{ key: ["n"], value: n }] }),
    );
    const closing = kv.close();
    await assertRejects(() => kv.commit({}), KvError, "the store is closed");
    for (const result of await Promise.all(pending)) assert(result.ok);
    await closing;
    await using again = await fsKv(dir);
    assertEquals((await again.get(["n"]))?.value, 19);
  });
});

Deno.test("list() goes on in the new log after a compaction", async () => {
  await inFolder(async (dir) => {
    await using kv = await fsKv(dir, { compactAtBytes: 1000 });
    await fill(kv, 1);
    const seen: unknown[] = [];
    for await (const { key, value } of kv.list({ prefix: ["json"] })) {
      seen.push([key[1], (value as { i: number }).i]);
      await fill(kv, 3);
    }
    assertEquals(seen, Array.from({ length: 10 }, (_, i) => [i, i]));
  });
});

Deno.test("get() and list() give bytes in a buffer of their own", async () => {
  await inFolder(async (dir) => {
    await using kv = await fsKv(dir);
    await fill(kv, 1);
    const found = [(await kv.get<Uint8Array>(["blob", 7]))?.value];
    for await (const { value } of kv.list<Uint8Array>({ prefix: ["blob"] })) {
      found.push(value);
    }
    for (const bytes of found) {
      assertEquals(bytes?.buffer.byteLength, bytes?.length);
    }
  });
});
