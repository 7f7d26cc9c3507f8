import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fsKv } from "../../src/kv/fs.ts";
import { inFolder } from "./_faults.ts";

const CHILD = new URL("_child.ts", import.meta.url).pathname;

function child(what: string, dir: string): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CHILD, what, dir],
    stdout: "piped",
    stderr: "inherit",
  });
}

async function outputOf(command: Deno.Command): Promise<string> {
  const { stdout } = await command.output();
  return new TextDecoder().decode(stdout).trim();
}

/** Reads lines until the predicate is content, then kills; all complete lines that came. */
async function killWhen(
  command: Deno.Command,
  enough: (lines: string[]) => boolean,
): Promise<string[]> {
  const process = command.spawn();
  let text = "";
  let isKilled = false;
  for await (
    const chunk of process.stdout.pipeThrough(new TextDecoderStream())
  ) {
    text += chunk;
    if (isKilled || !enough(text.split("\n").slice(0, -1))) continue;
    process.kill("SIGKILL");
    isKilled = true;
  }
  await process.status;
  return text.split("\n").slice(0, -1);
}

Deno.test("fsKv() refuses a folder that another process holds, and takes it once that is killed", async () => {
  await inFolder(async (dir) => {
    const holder = child("hold", dir).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    const said = await outputOf(child("open", dir));
    assertStringIncludes(said, `Cannot open the store in ${dir}: process `);
    assertStringIncludes(said, `process ${holder.pid} has had it open since `);
    assertStringIncludes(said, "close it there or use another folder");
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    assertEquals(await outputOf(child("open", dir)), "opened");
  });
});

Deno.test("fsKv() keeps what was acknowledged when the process is killed in mid-write", async () => {
  await inFolder(async (dir) => {
    let last = 0;
    for (const count of [1, 40, 300, 700]) {
      const from = last;
      const lines = await killWhen(
        child("write", dir),
        (lines) => lines.length >= count,
      );
      const acknowledged = Number(lines.at(-1));
      assert(acknowledged >= from + count);
      await using kv = await fsKv(dir);
      last = (await kv.get<number>(["last"]))?.value ?? 0;
      assert(last >= acknowledged, `${last} of ${acknowledged}`);
      assertEquals((await kv.get(["pair"]))?.value, last);
      for (let i = Math.max(1, last - 6); i <= last; i++) {
        const blob = await kv.get<Uint8Array>(["blob", i % 7]);
        assertEquals(blob?.value, new Uint8Array(i % 5000).fill(i));
      }
    }
  });
});

Deno.test("fsKv() goes on when the disk is full", async () => {
  await inFolder(async (dir) => {
    // The limit of a file's size stands for the disk; the signal that comes with it would end the process.
    const { args } = { args: ["run", "-A", "--no-check", CHILD, "fill", dir] };
    const line = [Deno.execPath(), ...args].map((word) => `'${word}'`).join(
      " ",
    );
    const said = await outputOf(
      new Deno.Command("bash", {
        args: ["-c", `trap '' XFSZ; ulimit -f 200; exec ${line}`],
        stdout: "piped",
        stderr: "inherit",
      }),
    );
    assertEquals(said, "full\nnothing of it\nintact");
  });
});
