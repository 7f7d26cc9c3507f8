import { assertEquals, assertRejects } from "@std/assert";
import { importCacheDir } from "../../mod.ts";
import { ConfigError, KvError } from "../../src/errors.ts";
import { startPlatform } from "../_support/platform.ts";

async function oldFolder(files: Record<string, string>): Promise<string> {
  const dir = await Deno.makeTempDir();
  for (const name of ["pending", "deadletter"]) {
    await Deno.mkdir(`${dir}/${name}`);
  }
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${dir}/${name}`, text);
  }
  return dir;
}

function file(seq: number, id: string): string {
  return `${String(seq).padStart(16, "0")}_${id}.json`;
}

function event(id: string, more: object = {}): string {
  return JSON.stringify({
    id,
    event: "connection_created",
    person_user_id: "p",
    ...more,
  });
}

Deno.test("importCacheDir() takes over all events in the order of their sequence numbers, and dead letters as such", async () => {
  await using platform = await startPlatform();
  const { client } = platform;
  const files: Record<string, string> = {
    "pending/.seq": "1203",
    "pending/.tmp_x": "half",
  };
  for (let n = 1200; n > 0; n--) {
    files[`pending/${file(n, "same")}`] = event(`e${n}`);
  }
  const note = {
    _deadletter: {
      error: "ValueError: bad email alice@example.com",
      attempts: 4,
    },
  };
  files[`deadletter/${file(7, "d")}`] = event("dead", note);
  files[`pending/${file(1201, "cut")}`] = '{"id":"cu';
  const dir = await oldFolder(files);
  const report = await importCacheDir(dir, client);
  assertEquals(report, {
    pending: 1200,
    deadLetters: 1,
    damaged: [`pending/${file(1201, "cut")}`],
  });
  const seen: (string | null)[] = [];
  await client.processChanges(({ id }) => seen.push(id));
  assertEquals(seen, Array.from({ length: 1200 }, (_, i) => `e${i + 1}`));
  const [letter] = await client.deadLetters();
  assertEquals(letter?.event, JSON.parse(event("dead")));
  assertEquals([letter?.error, letter?.attempts], [{ name: "ValueError" }, 4]);
  assertEquals(await importCacheDir(dir, client), {
    pending: 0,
    deadLetters: 0,
    damaged: [],
  });
  assertEquals(
    (await Array.fromAsync(Deno.readDir(`${dir}/imported/pending`))).length,
    1200,
  );
  assertEquals(
    await Deno.readTextFile(`${dir}/damaged/pending/${file(1201, "cut")}`),
    '{"id":"cu',
  );
  await Deno.remove(dir, { recursive: true });
});

Deno.test("importCacheDir() refuses when newer events are pending, and leaves the folder alone", async () => {
  await using platform = await startPlatform();
  const { client, sandbox } = platform;
  await sandbox.publish({ event: "connection_created" });
  const halt = (): never => {
    throw new Error("halt");
  };
  await client.processChanges(halt, { onError: "halt", maxRetries: 0 }).catch(
    () => {},
  );
  const dir = await oldFolder({ [`pending/${file(1, "a")}`]: event("a") });
  await assertRejects(
    () => importCacheDir(dir, client),
    KvError,
    "deliver them first",
  );
  assertEquals(
    await Deno.readTextFile(`${dir}/pending/${file(1, "a")}`),
    event("a"),
  );
  await Deno.remove(dir, { recursive: true });
});

Deno.test("importCacheDir() is a ConfigError that names the folder when it cannot be read", async () => {
  await using platform = await startPlatform();
  await assertRejects(
    () => importCacheDir("no/such/folder", platform.client),
    ConfigError,
    "no/such/folder",
  );
});
