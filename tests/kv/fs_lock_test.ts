import { assertEquals, assertRejects } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { fsKv } from "../../src/kv/fs.ts";
import { inFolder } from "./_faults.ts";

async function refused(dir: string, why: string): Promise<void> {
  await assertRejects(
    () => fsKv(dir),
    KvError,
    `Cannot use ${dir}/sluice.lock as the lock of the store: ${why}, wanted a file that a store wrote`,
  );
}

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

Deno.test("fsKv() follows no link that has the name of its lock", async () => {
  await inFolder(async (dir) => {
    const victim = `${dir}/victim`;
    for (const text of ["precious", "", undefined]) {
      await Deno.mkdir(`${dir}/store`);
      if (text !== undefined) {
        await Deno.writeTextFile(victim, text);
        await Deno.chmod(victim, 0o644);
      }
      await Deno.symlink(victim, `${dir}/store/sluice.lock`);
      await refused(`${dir}/store`, "it is a link");
      if (text !== undefined) {
        assertEquals(Deno.readTextFileSync(victim), text);
        assertEquals(modeOf(victim), 0o644);
        await Deno.remove(victim);
      }
      assertEquals([...Deno.readDirSync(dir)].length, 1, "nothing was made");
      await Deno.remove(`${dir}/store`, { recursive: true });
    }
  });
});

Deno.test("fsKv() leaves a file alone that has the name of its lock and other words in it", async () => {
  await inFolder(async (dir) => {
    const path = `${dir}/sluice.lock`;
    for (const text of ["precious", '{"pie":1}', "{}", "\0x"]) {
      await Deno.writeTextFile(path, text);
      await Deno.chmod(path, 0o644);
      await refused(dir, "it holds something else");
      assertEquals(Deno.readTextFileSync(path), text);
      assertEquals(modeOf(path), 0o644);
    }
    await Deno.remove(path);
    await Deno.mkdir(path);
    await refused(dir, "it is no file");
    assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name), [
      "sluice.lock",
    ]);
  });
});

Deno.test("fsKv() takes the lock that a crash or a power cut left in any state", async () => {
  await inFolder(async (dir) => {
    const path = `${dir}/sluice.lock`;
    const whole = '{"pid":999999,"host":null,"since":"2026-01-01"}\n';
    for (
      const text of ["", whole, whole.slice(0, 3), whole.slice(0, 20), "\0\0"]
    ) {
      await Deno.writeTextFile(path, text);
      await Deno.chmod(path, 0o644);
      await using kv = await fsKv(dir);
      assertEquals(modeOf(path), 0o600);
      assertEquals(JSON.parse(Deno.readTextFileSync(path)).pid, Deno.pid);
      await kv.commit({ sets: [{ key: ["a"], value: 1 }] });
    }
  });
});

Deno.test("fsKv() is not in the way of a file called lock", async () => {
  await inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/lock`, "precious");
    await using kv = await fsKv(dir);
    await kv.commit({});
    assertEquals(Deno.readTextFileSync(`${dir}/lock`), "precious");
  });
});
