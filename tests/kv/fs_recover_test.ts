import { assert, assertEquals, assertRejects } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { crc32 } from "node:zlib";
import {
  fsKv,
  type FsKvOptions,
  type FsKvRecovery,
  type FsKvStore,
  type KvChange,
} from "../../src/kv/fs.ts";
import { openFsStore } from "../../src/kv/_fs_open.ts";
import { faultyDisk, inFolder } from "./_faults.ts";

// The last one has several records, a line feed inside a blob, and something that looks like a line of the log.
const COMMITS: KvChange[] = [
  { sets: [{ key: ["a"], value: 1 }, { key: ["b"], value: { x: "é" } }] },
  { sets: [{ key: ["a"], value: 2 }], deletes: [["b"]] },
  { sets: [{ key: ["c"], value: new Uint8Array([10, 123, 10, 0]) }] },
  {
    sets: [
      { key: ["a"], value: "three" },
      {
        key: ["d"],
        value: new TextEncoder().encode('\n01234567 {"t":9,"r":0}\n'),
      },
    ],
    deletes: [["c"]],
  },
];

interface Log {
  bytes: Uint8Array<ArrayBuffer>;
  /** Length of the log after so many commits. */
  lengths: number[];
}

async function buildLog(): Promise<Log> {
  const lengths: number[] = [];
  let bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  await inFolder(async (dir) => {
    await using kv = await fsKv(dir);
    lengths.push(Deno.statSync(`${dir}/log`).size);
    for (const change of COMMITS) {
      await kv.commit(change);
      lengths.push(Deno.statSync(`${dir}/log`).size);
    }
    bytes = Deno.readFileSync(`${dir}/log`);
  });
  return { bytes, lengths };
}

async function contents(kv: FsKvStore): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const entry of kv.list({ prefix: [] })) all.push(entry);
  return all;
}

/** What a store holds after each number of commits. */
async function statesOf(log: Log): Promise<unknown[][]> {
  const states: unknown[][] = [];
  for (const length of log.lengths) {
    const { state } = await reopen(log.bytes.subarray(0, length));
    states.push(state);
  }
  return states;
}

async function reopen(
  bytes: Uint8Array,
  options?: FsKvOptions,
): Promise<
  { state: unknown[]; recovered: FsKvRecovery | undefined; saved: Uint8Array }
> {
  let state: unknown[] = [];
  let recovered: FsKvRecovery | undefined;
  let saved = new Uint8Array();
  await inFolder(async (dir) => {
    await Deno.writeFile(`${dir}/log`, bytes);
    await using kv = await fsKv(dir, options);
    state = await contents(kv);
    recovered = kv.recovered;
    if (recovered) saved = Deno.readFileSync(recovered.savedTo);
    // What was cut off is no hindrance to what comes.
    await kv.commit({ sets: [{ key: ["later"], value: 1 }] });
    await kv.close();
    await using again = await fsKv(dir);
    assertEquals(again.recovered, undefined);
    assertEquals((await again.get(["later"]))?.value, 1);
  });
  return { state, recovered, saved };
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 0x20;
  return copy;
}

Deno.test("fsKv() shows the complete commits when the log is cut at any byte", async () => {
  const log = await buildLog();
  const states = await statesOf(log);
  const [header = 0] = log.lengths;
  for (let length = header; length <= log.bytes.length; length++) {
    const complete = log.lengths.findLastIndex((end) => end <= length);
    const end = log.lengths[complete] ?? 0;
    const { state, recovered, saved } = await reopen(
      log.bytes.subarray(0, length),
    );
    assertEquals(state, states[complete], `cut at ${length}`);
    assertEquals(recovered?.cutBytes ?? 0, length - end);
    assertEquals(saved, log.bytes.subarray(end, length));
    if (recovered) {
      assertEquals([recovered.offset, recovered.kind], [end, "torn"]);
    }
  }
});

Deno.test("fsKv() cuts off the last commit when any byte of it is wrong", async () => {
  const log = await buildLog();
  const states = await statesOf(log);
  const start = log.lengths.at(-2) ?? 0;
  for (let at = start; at < log.bytes.length; at++) {
    const { state, recovered } = await reopen(flip(log.bytes, at));
    assertEquals(state, states.at(-2), `flipped ${at}`);
    assertEquals(recovered?.offset, start);
  }
});

Deno.test("fsKv() refuses a log with damage anywhere before the last commit", async () => {
  const log = await buildLog();
  const end = log.lengths.at(-2) ?? 0;
  for (let at = 0; at < end; at++) {
    const damaged = log.lengths.findLast((start) => start <= at) ?? 0;
    await inFolder(async (dir) => {
      await Deno.writeFile(`${dir}/log`, flip(log.bytes, at));
      await assertRejects(
        () => fsKv(dir),
        KvError,
        `/log: it is damaged at byte ${damaged} and`,
        `flipped ${at}`,
      );
      assertEquals(Deno.readFileSync(`${dir}/log`), flip(log.bytes, at));
    });
  }
});

Deno.test("fsKv() shows no commit of which a record in the middle is gone", async () => {
  const log = await buildLog();
  const states = await statesOf(log);
  const text = new TextDecoder("latin1").decode(log.bytes);
  const from = text.indexOf("\n", log.lengths.at(-2)) + 1;
  const to = text.lastIndexOf("\n", log.bytes.length - 2) + 1;
  const without = [...log.bytes.subarray(0, from), ...log.bytes.subarray(to)];
  const { state, recovered } = await reopen(Uint8Array.from(without));
  assertEquals(state, states.at(-2));
  assertEquals(recovered?.offset, log.lengths.at(-2));
});

Deno.test("fsKv() cuts off a hole and the beginning of a commit behind it", async () => {
  const log = await buildLog();
  const states = await statesOf(log);
  const [hole = 0, next = 0] = log.lengths.slice(-3);
  const first = log.bytes.indexOf(10, next) + 1;
  const bytes = log.bytes.slice(0, first).fill(0, hole, hole + 30);
  const { state, recovered } = await reopen(bytes);
  assertEquals(state, states.at(-3));
  assertEquals([recovered?.offset, recovered?.kind], [hole, "torn"]);
});

Deno.test("fsKv() has the torn tail on the disk before it cuts the log", async () => {
  const log = await buildLog();
  await inFolder(async (dir) => {
    await Deno.writeFile(`${dir}/log`, log.bytes.subarray(0, -1));
    const steps: string[] = [];
    const disk = faultyDisk((step, apply) => {
      steps.push(step);
      apply();
    });
    await using _kv = await openFsStore(dir, { disk });
    assertEquals(steps.slice(-6), [
      "create torn-3.bin",
      "append torn-3.bin",
      "sync torn-3.bin",
      "syncFolder",
      "truncate log",
      "sync log",
    ]);
  });
});

Deno.test("fsKv() refuses damage to a copied record even with one commit behind, and cuts off a torn one", async () => {
  let bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  let copied = 0;
  await inFolder(async (dir) => {
    {
      await using kv = await fsKv(dir, { compactAtBytes: 0 });
      for (let i = 0; i < 20; i++) {
        await kv.commit({ sets: [{ key: ["a"], value: i }] });
      }
    }
    copied = Deno.statSync(`${dir}/log`).size;
    await using kv = await fsKv(dir);
    await kv.commit({ sets: [{ key: ["b"], value: 1 }] });
    await kv.close();
    bytes = Deno.readFileSync(`${dir}/log`);
  });
  const [header = ""] = new TextDecoder().decode(bytes).split("\n");
  assert(!header.endsWith('"t":0}'), "the log was compacted");
  await inFolder(async (dir) => {
    await Deno.writeFile(`${dir}/log`, flip(bytes, header.length + 30));
    await assertRejects(() => fsKv(dir), KvError, "is damaged at byte");
  });
  for (let length = copied; length < bytes.length; length++) {
    const { state } = await reopen(bytes.subarray(0, length));
    assertEquals(state.length, 1);
  }
});

Deno.test("fsKv() with repair opens what precedes the damage and keeps the rest", async () => {
  const log = await buildLog();
  const states = await statesOf(log);
  for (const commits of [0, 1, 2]) {
    const start = log.lengths[commits] ?? 0;
    const reports: FsKvRecovery[] = [];
    const bytes = flip(log.bytes, start + 20);
    const { state, recovered, saved } = await reopen(bytes, {
      repair: true,
      onRecover: (report) => reports.push(report),
    });
    assertEquals(state, states[commits]);
    assertEquals(saved, bytes.subarray(start));
    assertEquals(recovered?.kind, "damaged");
    assertEquals(reports, [recovered]);
  }
  const headless = flip(log.bytes, 3);
  const { state, saved } = await reopen(headless, { repair: true });
  assertEquals(state, []);
  assertEquals(saved, headless);
});

Deno.test("fsKv() keeps each torn tail in a file of its own that nobody else reads", async () => {
  const log = await buildLog();
  await inFolder(async (dir) => {
    for (const name of ["torn-4.bin", "torn-4-1.bin"]) {
      await Deno.writeFile(`${dir}/log`, log.bytes);
      await Deno.writeTextFile(`${dir}/log`, "torn", { append: true });
      await using kv = await fsKv(dir);
      assertEquals(kv.recovered?.savedTo.endsWith(`/${name}`), true);
      const { mode } = Deno.statSync(`${dir}/${name}`);
      assertEquals((mode ?? 0) & 0o777, 0o600);
    }
  });
});

Deno.test("fsKv() begins anew in an empty file and refuses one of something else", async () => {
  assertEquals((await reopen(new Uint8Array())).state, []);
  await inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/log`, "2026-01-01 something else\n");
    await assertRejects(() => fsKv(dir), KvError, "it is damaged at byte 0");
    const text = await Deno.readTextFile(`${dir}/log`);
    assertEquals(text, "2026-01-01 something else\n");
  });
});

Deno.test("fsKv() refuses the log of a newer release", async () => {
  await inFolder(async (dir) => {
    const json = '{"format":"sluice-kv","version":2,"t":0}';
    const sum = crc32(json).toString(16).padStart(8, "0");
    await Deno.writeTextFile(`${dir}/log`, `${sum} ${json}\n`);
    for (const repair of [false, true]) {
      await assertRejects(
        () => fsKv(dir, { repair }),
        KvError,
        "a newer release wrote it",
      );
    }
  });
});

Deno.test("fsKv() writes lines that other programs can read", async () => {
  const { bytes } = await buildLog();
  const text = new TextDecoder().decode(bytes);
  assert(text.includes(' {"t":1,"r":1,"k":["a"],"v":1}\n'));
  assert(text.includes(' {"t":1,"r":0,"k":["b"],"v":{"x":"é"}}\n'));
  assert(text.includes(' {"t":2,"r":0,"k":["b"],"d":1}\n'));
  const blob = crc32(new Uint8Array([10, 123, 10, 0]));
  const line = ` {"t":3,"r":0,"k":["c"],"b":4,"c":${blob}}\n`;
  assert(text.includes(`${line}\n{\n\u0000\n`));
  const [head = ""] = text.split("\n");
  const sum = crc32(head.slice(9)).toString(16).padStart(8, "0");
  assertEquals(head, `${sum} {"format":"sluice-kv","version":1,"t":0}`);
});

/** A line that is a whole commit, as anybody can write it into a value. */
function forgedLine(tx: number): string {
  const json = `{"t":${tx},"r":0,"k":["forged"],"v":1}`;
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

/** A log whose last commit holds what looks like commits, and the offsets where that and its last blob begin. */
async function forgedLog(): Promise<
  { bytes: Uint8Array; commit: number; blob: number }
> {
  let found = { bytes: new Uint8Array(), commit: 0, blob: 0 };
  await inFolder(async (dir) => {
    const forged = Array.from({ length: 9 }, (_, tx) => forgedLine(tx));
    const value = new TextEncoder().encode(`\n${forged.join("\n")}\n`);
    await using kv = await fsKv(dir);
    await kv.commit({ sets: [{ key: ["a"], value: 1 }] });
    const commit = Deno.statSync(`${dir}/log`).size;
    await kv.commit({
      sets: [{ key: ["first"], value }, { key: ["page"], value }],
    });
    const bytes = Deno.readFileSync(`${dir}/log`);
    found = { bytes, commit, blob: bytes.length - value.length - 1 };
  });
  return found;
}

Deno.test("fsKv() cuts off a torn blob whatever is in it, and never reads that as commits", async () => {
  const { bytes, commit, blob } = await forgedLog();
  for (let length = blob; length < bytes.length; length++) {
    const { state, recovered } = await reopen(bytes.subarray(0, length));
    assertEquals(state, [{ key: ["a"], value: 1, version: "1" }]);
    assertEquals([recovered?.offset, recovered?.kind], [commit, "torn"]);
  }
  const { recovered } = await reopen(flip(bytes, bytes.length - 5));
  assertEquals([recovered?.offset, recovered?.kind], [commit, "torn"]);
});

Deno.test("fsKv() refuses a damaged blob with a commit behind it, whichever byte of its line is wrong", async () => {
  const { bytes, commit, blob } = await forgedLog();
  let log = bytes;
  await inFolder(async (dir) => {
    await Deno.writeFile(`${dir}/log`, bytes);
    await using kv = await fsKv(dir);
    await kv.commit({ sets: [{ key: ["behind"], value: 1 }] });
    log = Deno.readFileSync(`${dir}/log`);
  });
  const line = log.lastIndexOf(0x0a, blob - 2) + 1;
  for (const bit of [1, 2, 4]) {
    for (let at = line; at < blob + 3; at++) {
      const damaged = log.slice();
      damaged[at] = (damaged[at] ?? 0) ^ bit;
      await inFolder(async (dir) => {
        await Deno.writeFile(`${dir}/log`, damaged);
        await assertRejects(
          () => fsKv(dir),
          KvError,
          `it is damaged at byte ${commit} and goes on behind`,
        );
      });
    }
  }
});
