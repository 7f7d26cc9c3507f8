import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { EXIT } from "../../src/cli.ts";
import { type Ran, sluice, valuesOf } from "./_support.ts";

interface Running extends AsyncDisposable {
  readonly config: string;
  /** Stops it and gives what it did. */
  stop(): Promise<Ran>;
}

/** Starts `sluice sandbox` in this process, and waits until it listens. */
async function start(...flags: string[]): Promise<Running> {
  const folder = await Deno.makeTempDir();
  const config = join(folder, "allus.json");
  const controller = new AbortController();
  const listening = Promise.withResolvers<void>();
  let err = "";
  const ran = sluice(["sandbox", "--out", config, ...flags], {
    signal: controller.signal,
    err(text): Promise<void> {
      err += text;
      if (err.includes("Listening")) listening.resolve();
      return Promise.resolve();
    },
  }).then((ran) => ({ ...ran, err }));
  await Promise.race([listening.promise, ran]);
  const stop = async (): Promise<Ran> => {
    controller.abort("SIGINT");
    return await ran;
  };
  return {
    config,
    stop,
    async [Symbol.asyncDispose](): Promise<void> {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("sandbox serves people and changes, with a configuration that drains them, until it is told to stop", async () => {
  await using sandbox = await start("--people", "2", "--changes", "4");
  const kv = ["--kv", "memory", "--config", sandbox.config];
  const drained = await sluice(["drain", "--ndjson", ...kv]);
  assertEquals([drained.code, valuesOf(drained.out).length], [EXIT.done, 4]);
  const people = await sluice(["connections", "export", ...kv]);
  assertEquals(people.out.trim().split("\n").length, 2);
  assertEquals((await Deno.stat(sandbox.config)).mode! & 0o777, 0o600);
  const { code, err } = await sandbox.stop();
  assertEquals(code, EXIT.done);
  assertStringIncludes(err, "2 people and 4 changes");
  await assertRejects(() => Deno.stat(sandbox.config), Deno.errors.NotFound);
});

Deno.test("sandbox publishes a further change now and then", async () => {
  await using sandbox = await start("--changes", "0", "--every", "0.02");
  const flags = ["--kv", "memory", "--config", sandbox.config];
  for (let seen = 0; seen === 0;) {
    const { out } = await sluice(["drain", "--ndjson", ...flags]);
    seen = valuesOf(out).length;
  }
});

Deno.test("sandbox --webhook posts changes with the credentials of its configuration", async () => {
  const got = Promise.withResolvers<string | null>();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      await request.arrayBuffer();
      got.resolve(request.headers.get("x-allus-signature"));
      return new Response();
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/webhook`;
  await using sandbox = await start("--webhook", url, "--every", "0.02");
  const config = JSON.parse(await Deno.readTextFile(sandbox.config));
  assertEquals(Object.keys(config.webhooks).length, 1);
  assertEquals(typeof await got.promise, "string");
});

Deno.test("sandbox overwrites the configuration of a sandbox and of nothing else", async () => {
  const folder = await Deno.makeTempDir();
  const out = join(folder, "allus.json");
  await Deno.writeTextFile(out, '{"api_url":"https://real.example"}');
  const { code, err } = await sluice(["sandbox", "--out", out]);
  assertEquals(code, EXIT.input);
  assertStringIncludes(err, "it is there already and not of a sandbox");
  assertStringIncludes(await Deno.readTextFile(out), "real.example");
  await Deno.writeTextFile(out, '{"sandbox":true}');
  const again = await sluice(["sandbox", "--out", out], {
    signal: AbortSignal.abort("SIGINT"),
  });
  assertEquals(again.code, EXIT.done);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("sandbox leaves the configuration of a sandbox that still runs alone", async () => {
  await using first = await start();
  const before = await Deno.readTextFile(first.config);
  const { code, err } = await sluice(["sandbox", "--out", first.config], {
    signal: AbortSignal.abort("SIGINT"),
  });
  assertEquals(code, EXIT.input);
  assertStringIncludes(err, "it is of a sandbox that still runs");
  assertEquals(await Deno.readTextFile(first.config), before);
});

Deno.test("sandbox says what to do about a port that is taken", async () => {
  await using first = await start();
  const { port } = new URL(
    JSON.parse(await Deno.readTextFile(first.config)).api_url,
  );
  const args = ["sandbox", "--out", `${first.config}.other`, "--port", port];
  const { code, err } = await sluice(args);
  assertEquals(code, EXIT.input);
  assertStringIncludes(
    err,
    "Mend: name another port with --port; 0 takes a free one",
  );
});

Deno.test("sandbox --help shows seconds as seconds", async () => {
  const { out } = await sluice(["sandbox", "--help"]);
  assertStringIncludes(out.replace(/\s+/g, " "), "happens (default: 5)");
});

Deno.test("sandbox refuses an address and a pause that cannot be meant", async () => {
  for (
    const [flags, words] of [
      [["--webhook", "nowhere"], "Cannot use --webhook"],
      [["--every", "0"], "Cannot use --every"],
      [["--port", "70000"], "Wanted a whole number from 0 to 65535"],
    ] as const
  ) {
    const out = await Deno.makeTempFile();
    await Deno.remove(out);
    const { code, err } = await sluice(["sandbox", "--out", out, ...flags]);
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, words);
  }
});
