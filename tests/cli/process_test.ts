import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { EXIT } from "../../src/cli.ts";
import { publish, startWorld, valuesOf, type World } from "./_support.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The command as a process of its own, as a user starts it. */
function command(
  world: World,
  args: readonly string[],
  { sh = 'exec "$@"' }: { readonly sh?: string } = {},
): Deno.Command {
  return new Deno.Command("sh", {
    args: [
      "-c",
      sh,
      "sh",
      Deno.execPath(),
      "run",
      "-A",
      "--quiet",
      "--no-check",
      `--config=${ROOT}deno.json`,
      `${ROOT}src/cli.ts`,
      ...args,
      "--config",
      world.config,
    ],
    cwd: world.path("."),
    env: { NO_COLOR: "1", NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" },
    // A process group of its own, as in a terminal.
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

interface Finished {
  code: number;
  out: string;
  err: string;
}

async function finish(output: Promise<Deno.CommandOutput>): Promise<Finished> {
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Reads what a process says. */
function reading(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): { until(words: string): Promise<void>; cancel(): Promise<void> } {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async until(words: string): Promise<void> {
      while (!text.includes(words)) {
        const { done, value = "" } = await reader.read();
        if (done) throw new Error(`It never said ${words}`);
        text += value;
      }
    },
    cancel: () => reader.cancel(),
  };
}

/** Waits until a file has that many lines. */
async function untilLines(path: string, count: number): Promise<void> {
  for (let lines = 0; lines < count;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const text = await Deno.readTextFile(path).catch(() => "");
    lines = text.split("\n").length - 1;
  }
}

for (
  const [what, code, signals] of [
    ["Ctrl-C", EXIT.interrupted, ["SIGINT"]],
    ["SIGTERM", EXIT.terminated, ["SIGTERM"]],
    // The kernel sends one, and the shell that gets one passes it on.
    ["a closed terminal", EXIT.hungUp, ["SIGHUP", "SIGHUP"]],
  ] as const
) {
  Deno.test(`sluice as a process: ${what} in the middle of a drain finishes the change in hand, and the next run goes on`, async () => {
    await using world = await startWorld();
    await publish(world.sandbox, 20);
    const got = world.path("got.ndjson");
    // It reaches the whole process group of a terminal: what the command started must survive it.
    const begun = world.path("begun");
    const exec =
      `echo >> '${begun}'; read line; sleep 0.1; printf '%s\\n' "$line" >> '${got}'`;
    const child = command(world, ["drain", "--exec", exec]).spawn();
    const said = reading(child.stderr);
    await untilLines(got, 3);
    for (const signal of signals) {
      Deno.kill(-child.pid, signal);
      await said.until("Stopping after what is in hand");
    }
    await said.until("it was told to stop");
    assertEquals((await child.status).code, code);
    assertEquals(await new Response(child.stdout).text(), "");
    await said.cancel();
    const first = valuesOf(await Deno.readTextFile(got));
    assertEquals((await Deno.readTextFile(begun)).length, first.length);

    const next = await finish(command(world, ["drain", "--ndjson"]).output());
    assertEquals(next.code, EXIT.done);
    const all = [...first, ...valuesOf(next.out)];
    assertEquals(all, Array.from({ length: 20 }, (_, i) => `v${i}`));
  });
}

Deno.test({
  name:
    "sluice as a process: with nohup it does not stop when the terminal is closed",
  ignore: Deno.build.os !== "linux", // only there can it be told
  async fn(): Promise<void> {
    await using world = await startWorld();
    await publish(world.sandbox, 20);
    const got = world.path("got.ndjson");
    const exec = `sleep 0.02; cat >> '${got}'`;
    const child = command(world, ["drain", "--exec", exec], {
      sh: `trap '' HUP; exec "$@"`,
    }).spawn();
    await untilLines(got, 3);
    Deno.kill(-child.pid, "SIGHUP");
    const { code } = await finish(child.output());
    assertEquals(code, EXIT.done);
    assertEquals(valuesOf(await Deno.readTextFile(got)).length, 20);
  },
});

Deno.test("sluice as a process: a second Ctrl-C ends a handler that hangs, and its change comes again", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 2);
  const handler = await world.write(
    "hang.js",
    "export default () => { console.error('hanging'); return new Promise(() => setInterval(() => {}, 1000)); };",
  );
  const child = command(world, ["drain", "--module", handler]).spawn();
  const said = reading(child.stderr);
  await said.until("hanging");
  child.kill("SIGINT");
  await said.until("Stopping after");
  child.kill("SIGINT");
  const { code } = await child.status;
  assertEquals(code, EXIT.interrupted);
  await said.cancel();
  assertEquals(await new Response(child.stdout).text(), "");
  const next = await finish(command(world, ["drain", "--ndjson"]).output());
  assertEquals(valuesOf(next.out), ["v0", "v1"]);
});

Deno.test("sluice as a process: a reader that leaves the pipe loses nothing that it was not given", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 400);
  const child = command(world, ["drain", "--ndjson", "--ack-window", "1"])
    .spawn();
  const reader = child.stdout.getReader();
  let bytes = "";
  const decoder = new TextDecoder();
  bytes += decoder.decode((await reader.read()).value);
  await reader.cancel();
  const err = await new Response(child.stderr).text();
  assertEquals((await child.status).code, EXIT.readerGone);
  assertEquals(err, "");
  const next = await finish(command(world, ["drain", "--ndjson"]).output());
  const rest = valuesOf(next.out);
  assertEquals(next.code, EXIT.done);
  // The pipe may have held lines that its reader never fetched; all that was not in it comes now.
  const [first = ""] = rest as string[];
  assertEquals(
    rest,
    Array.from({ length: rest.length }, (_, i) => `v${400 - rest.length + i}`),
  );
  assertEquals(bytes.startsWith('{"delivery":"0.0"'), true);
  assertEquals(
    Number(first.slice(1)) >=
      valuesOf(bytes.slice(0, bytes.lastIndexOf("\n"))).length,
    true,
  );
});

Deno.test("sluice as a process: what a module prints stays off the standard output", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 1);
  const handler = await world.write(
    "chatty.js",
    "export default () => { console.log('hello'); setInterval(() => {}, 1000); };",
  );
  const { code, out, err } = await finish(
    command(world, ["drain", "--json", "--module", handler]).output(),
  );
  assertEquals([code, JSON.parse(out).delivered, err], [
    EXIT.done,
    1,
    "hello\n",
  ]);
});

for (
  const [what, code, signals] of [
    ["a second Ctrl-C", EXIT.interrupted, ["SIGINT", "SIGINT"]],
    ["SIGTERM after a closed terminal", EXIT.terminated, ["SIGHUP", "SIGTERM"]],
    ["SIGQUIT", EXIT.quit, ["SIGQUIT"]],
  ] as const
) {
  Deno.test(`sluice as a process: ${what} kills what --exec started, so that nothing works on a change that comes again`, async () => {
    await using world = await startWorld();
    await publish(world.sandbox, 1);
    const pipe = world.path("pipe");
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    // The pipe ends once every process that the command started has.
    const exec = `{ echo begun; sleep 5; echo late; } > '${pipe}'`;
    const child = command(world, ["drain", "--exec", exec]).spawn();
    const cat = new Deno.Command("cat", { args: [pipe], stdout: "piped" })
      .spawn();
    const pieces = cat.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals((await pieces.read()).value, "begun\n");
    const said = reading(child.stderr);
    for (const [i, signal] of signals.entries()) {
      if (i > 0) await said.until("Stopping after");
      child.kill(signal);
    }
    assertEquals((await child.status).code, code);
    assertEquals((await pieces.read()).done, true);
    await cat.status;
    await said.cancel();
    await child.stdout.cancel();
  });
}
