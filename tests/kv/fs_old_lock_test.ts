import { assertEquals, assertRejects } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { fsKv } from "../../src/kv/fs.ts";
import { inFolder } from "./_faults.ts";

/** Runs a test as on Deno 2.5, which cannot ask for a lock without waiting for it. */
async function onOldDeno(test: (dir: string) => Promise<void>): Promise<void> {
  const place = Deno.FsFile.prototype;
  const before = Object.getOwnPropertyDescriptor(place, "tryLockSync");
  Reflect.deleteProperty(place, "tryLockSync");
  try {
    await inFolder(test);
  } finally {
    if (before) Object.defineProperty(place, "tryLockSync", before);
  }
}

function holder(pid: number): string {
  const since = "2026-01-02T03:04:05.678Z";
  return `${JSON.stringify({ pid, host: "here", since })}\n`;
}

/** The number of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["--version"],
    stdin: "null",
    stdout: "null",
  }).spawn();
  await child.status;
  return child.pid;
}

Deno.test("fsKv() on Deno 2.5 refuses a folder that this process holds, and takes it once it is closed", async () => {
  await onOldDeno(async (dir) => {
    const first = await fsKv(dir);
    const error = await assertRejects(
      () => fsKv(dir),
      KvError,
      `Cannot open the store in ${dir}: process ${Deno.pid} has had it open since`,
    );
    assertEquals(error.retryable, true);
    await first.close();
    await (await fsKv(dir)).close();
  });
});

Deno.test("fsKv() on Deno 2.5 refuses at once a folder whose holder is alive", async () => {
  await onOldDeno(async (dir) => {
    const path = `${dir}/sluice.lock`;
    await Deno.writeTextFile(path, holder(Deno.ppid));
    await assertRejects(
      () => fsKv(dir),
      KvError,
      `process ${Deno.ppid} has had it open since 2026-01-02T03:04:05.678Z`,
    );
    assertEquals(Deno.readTextFileSync(path), holder(Deno.ppid));
  });
});

Deno.test("fsKv() on Deno 2.5 takes a folder whose holder has ended, or had the number of this process", async () => {
  const ended = await endedPid();
  await onOldDeno(async (dir) => {
    for (const pid of [ended, Deno.pid]) {
      await Deno.writeTextFile(`${dir}/sluice.lock`, holder(pid));
      await (await fsKv(dir)).close();
    }
  });
});

Deno.test("fsKv() on Deno 2.5 does not wait for a lock whose holder is not named", async () => {
  await onOldDeno(async (dir) => {
    const path = `${dir}/sluice.lock`;
    const held = Deno.openSync(path, { create: true, write: true });
    held.lockSync(true);
    try {
      await assertRejects(
        () => fsKv(dir),
        KvError,
        `Cannot open the store in ${dir}: another process has it open`,
      );
    } finally {
      held.close();
    }
    // What still waited for the lock has it now, and gives it back by closing.
    await (await fsKv(dir)).close();
  });
});
