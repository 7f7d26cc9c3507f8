import { assert, assertEquals, assertRejects } from "@std/assert";
import { importCacheDir } from "../../mod.ts";
import { feedOf } from "../../src/company_data/client.ts";
import { ConfigError, KvError } from "../../src/errors.ts";
import type { ImportFiles } from "../../src/import/_files.ts";
import { OldFolder } from "../../src/import/_old_folder.ts";
import { takeOver } from "../../src/import/_take_over.ts";
import { startPlatform, type TestPlatform } from "../_support/platform.ts";
import { eventText, fileName, namesIn, withOldFolder } from "./_old_folder.ts";

/** How many pieces were stored and still wait. */
async function segmentsOf(platform: TestPlatform): Promise<number> {
  let count = 0;
  for await (const { key } of platform.kv.list({ prefix: ["sluice"] })) {
    if (key.at(-2) === "seg") count++;
  }
  return count;
}

async function delivered(platform: TestPlatform): Promise<(string | null)[]> {
  const seen: (string | null)[] = [];
  await platform.client.processChanges(({ id }) => seen.push(id));
  return seen;
}

Deno.test("importCacheDir() takes over all events in the order of their numbers, and dead letters as such", async () => {
  await using platform = await startPlatform();
  const { client } = platform;
  const files: Record<string, string> = { "pending/.seq": "1203" };
  for (let n = 1200; n > 0; n--) {
    files[`pending/${fileName(n, "same")}`] = eventText(`e${n}`);
  }
  const error = "ValueError: bad email alice@example.com";
  const note = { _deadletter: { error, attempts: 4 } };
  files[`deadletter/${fileName(7, "d")}`] = eventText("dead", note);
  await withOldFolder(files, async (dir) => {
    assertEquals(await importCacheDir(dir, client), {
      pending: 1200,
      deadLetters: 1,
      damaged: [],
    });
    assertEquals(await segmentsOf(platform), 3, "at most 500 at once");
    assertEquals(
      await delivered(platform),
      Array.from({ length: 1200 }, (_, i) => `e${i + 1}`),
    );
    const letters = await client.deadLetters();
    assertEquals(
      letters.map(({ event, error, attempts }) => [event, error, attempts]),
      [[JSON.parse(eventText("dead")), { name: "ValueError" }, 4]],
    );
    assertEquals(await importCacheDir(dir, client), {
      pending: 0,
      deadLetters: 0,
      damaged: [],
    });
    assertEquals(namesIn(`${dir}/imported/pending`).length, 1200);
    assertEquals(namesIn(`${dir}/pending`), [".seq"]);
  });
});

Deno.test("importCacheDir() stores at most 1 MiB at once, and an event beyond that by itself", async () => {
  await using platform = await startPlatform();
  const files: Record<string, string> = {};
  for (const [i, kib] of [600, 400, 600, 1500, 1].entries()) {
    const filler = "x".repeat(kib * 1024);
    files[`pending/${fileName(i, "e")}`] = eventText(`e${i}`, { filler });
  }
  await withOldFolder(files, async (dir) => {
    await importCacheDir(dir, platform.client);
    assertEquals(await segmentsOf(platform), 4);
    assertEquals(await delivered(platform), ["e0", "e1", "e2", "e3", "e4"]);
  });
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
  const name = fileName(1, "a");
  await withOldFolder({ [`pending/${name}`]: eventText("a") }, async (dir) => {
    await assertRejects(
      () => importCacheDir(dir, client),
      KvError,
      "deliver them first",
    );
    assertEquals(namesIn(`${dir}/pending`), [name]);
    assertEquals((await delivered(platform)).length, 1);
    assertEquals((await importCacheDir(dir, client)).pending, 1);
  });
});

Deno.test("importCacheDir() is a retryable KvError while a run is at work, and consumes nothing of it", async () => {
  await using platform = await startPlatform();
  const { client, sandbox } = platform;
  await sandbox.publish({ event: "connection_created" });
  const files = { [`deadletter/${fileName(1, "a")}`]: eventText("a") };
  await withOldFolder(files, async (dir) => {
    const report = await client.processChanges(async () => {
      const error = await assertRejects(
        () => importCacheDir(dir, client),
        KvError,
        "another run holds the lease",
      );
      assertEquals(error.retryable, true);
    });
    assertEquals([report.delivered, report.deadLettered], [1, 0]);
    assertEquals(namesIn(`${dir}/deadletter`), [fileName(1, "a")]);
  });
});

Deno.test("importCacheDir() lets no run in until it is done", async () => {
  await using platform = await startPlatform();
  const { client } = platform;
  const files = { [`pending/${fileName(1, "a")}`]: eventText("a") };
  await withOldFolder(files, async (dir) => {
    const stopped: string[] = [];
    const folder = await OldFolder.open(dir, {
      ...hostFiles,
      async rename(from, to): Promise<void> {
        const report = await client.processChanges(() => {});
        stopped.push(report.stopped);
        await Deno.rename(from, to);
      },
    });
    await takeOver(folder, await feedOf(client));
    assertEquals(stopped, ["busy"]);
    assertEquals(await delivered(platform), ["a"]);
  });
});

Deno.test("importCacheDir() reports everything that holds no event, and takes it once it is mended", async () => {
  await using platform = await startPlatform();
  const { client } = platform;
  const cut = fileName(2, "cut");
  const odd = {
    [`pending/${cut}`]: '{"id":"cu',
    [`pending/${fileName(3, "a.b")}`]: eventText("dot"),
    [`pending/${fileName(4, "list")}`]: "[]",
    "pending/9007199254740993_big.json": eventText("big"),
    "pending/.tmp_x": eventText("half"),
    "pending/notes.txt": "notes",
  };
  const files = {
    ...odd,
    [`pending/${fileName(1, "a")}`]: eventText("a"),
    [`deadletter/${fileName(1, "cut")}`]: "",
  };
  await withOldFolder(files, async (dir) => {
    const latin = new TextEncoder().encode(eventText("X"));
    latin[latin.indexOf(0x58)] = 0xff;
    await Deno.writeFile(`${dir}/pending/${fileName(5, "latin")}`, latin);
    await Deno.mkdir(`${dir}/pending/${fileName(6, "folder")}`);
    await Deno.symlink("nowhere", `${dir}/pending/${fileName(7, "link")}`);
    const left = namesIn(`${dir}/pending`).filter((name) =>
      name !== fileName(1, "a")
    );
    assertEquals(left.length, Object.keys(odd).length + 3);
    const report = await importCacheDir(dir, client);
    assertEquals([report.pending, report.deadLetters], [1, 0]);
    assertEquals(
      [...report.damaged].sort(),
      [
        `deadletter/${fileName(1, "cut")}`,
        ...left.map((name) => `pending/${name}`),
      ],
    );
    assertEquals(namesIn(`${dir}/pending`), left);
    assertEquals(await delivered(platform), ["a"]);
    await Deno.writeTextFile(`${dir}/pending/${cut}`, eventText("mended"));
    const again = await importCacheDir(dir, client);
    assertEquals([again.pending, again.damaged.length], [1, left.length]);
    assertEquals(await delivered(platform), ["mended"]);
  });
});

Deno.test("importCacheDir() keeps every dead letter of two with one number, with its subject, and nobody's words", async () => {
  await using platform = await startPlatform();
  const { client } = platform;
  const field = { event: "field_updated", slug: "email" };
  const files = {
    [`deadletter/${fileName(7, "a")}`]: eventText("a", {
      ...field,
      _deadletter: { error: "alice: is no class", attempts: -1 },
    }),
    [`deadletter/${fileName(7, "b")}`]: eventText("b"),
    [`deadletter/${fileName(0, "c")}`]: eventText("c"),
    [`pending/${fileName(9, "d")}`]: eventText("d", field),
  };
  await withOldFolder(files, async (dir) => {
    assertEquals((await importCacheDir(dir, client)).deadLetters, 3);
    assertEquals(await delivered(platform), ["d"]);
    const letters = await client.deadLetters();
    assertEquals(
      letters.map(({ event, superseded }) => [
        (event as { id: string }).id,
        superseded,
      ]),
      [["c", false], ["a", true], ["b", false]],
    );
    assertEquals(letters[1]?.error, { name: "Error" });
    assertEquals(letters[1]?.attempts, 1);
    // The same file once more, as after a crash, is no second dead letter.
    const name = fileName(7, "b");
    await Deno.rename(
      `${dir}/imported/deadletter/${name}`,
      `${dir}/deadletter/${name}`,
    );
    await importCacheDir(dir, client);
    assertEquals((await client.deadLetters()).length, 3);
  });
});

Deno.test("importCacheDir() overwrites nothing that was imported before", async () => {
  await using platform = await startPlatform();
  const name = fileName(1, "a");
  await withOldFolder({ [`pending/${name}`]: eventText("a") }, async (dir) => {
    await importCacheDir(dir, platform.client);
    await delivered(platform);
    await Deno.writeTextFile(`${dir}/pending/${name}`, eventText("other"));
    await importCacheDir(dir, platform.client);
    assertEquals(await delivered(platform), ["other"]);
    const imported = `${dir}/imported/pending`;
    assertEquals(namesIn(imported), [name, `${name}.1`]);
    assertEquals(Deno.readTextFileSync(`${imported}/${name}`), eventText("a"));
  });
});

const hostFiles: ImportFiles = {
  readFile: (path) => Deno.readFile(path),
  readdir: (path) =>
    Promise.resolve([...Deno.readDirSync(path)].map(({ name }) => name)),
  mkdir: (path) => Deno.mkdir(path, { recursive: true }),
  rename: (from, to) => Deno.rename(from, to),
};

Deno.test("importCacheDir() is a ConfigError that names the folder for whatever its files do", async () => {
  await using platform = await startPlatform();
  const { client } = platform;
  const refused = async (
    action: () => Promise<unknown>,
    message: string,
  ): Promise<void> => {
    const error = await assertRejects(action, ConfigError, message);
    assertEquals(error.problems.map(({ field }) => field), ["dir"]);
    assert(error.cause instanceof Error);
  };
  await refused(
    () => importCacheDir("no/such/folder", client),
    "Cannot import no/such/folder: wanted a folder that can be read",
  );
  await withOldFolder({}, async (dir) => {
    for (const step of ["mkdir", "rename", "readdir"] as const) {
      const name = `pending/${fileName(1, step)}`;
      await Deno.writeTextFile(`${dir}/${name}`, eventText(step));
      const fail = (path: string | URL): Promise<never> =>
        Promise.reject(new Error(`${path} failed`));
      const folder = await OldFolder.open(dir, hostFiles);
      const failing = await OldFolder.open(dir, {
        ...hostFiles,
        [step]: (path: string) =>
          path === dir ? hostFiles.readdir(path) : fail(path),
      });
      const feed = await feedOf(client);
      await refused(() => takeOver(failing, feed), `Cannot import ${dir}: `);
      await takeOver(folder, feed);
      assertEquals(new Set(await delivered(platform)), new Set([step]));
    }
  });
  await withOldFolder({}, async (dir) => {
    await Deno.remove(`${dir}/pending`);
    await Deno.writeTextFile(`${dir}/pending`, "");
    await refused(
      () => importCacheDir(dir, client),
      "wanted pending to be a folder that can be read",
    );
    await Deno.remove(`${dir}/pending`);
    assertEquals((await importCacheDir(dir, client)).pending, 0);
  });
});

Deno.test("importCacheDir() refuses a dir that is no path, and the mark of another import", async () => {
  await using platform = await startPlatform();
  for (const dir of ["", 1 as unknown as string]) {
    await assertRejects(
      () => importCacheDir(dir, platform.client),
      TypeError,
      "Cannot use dir",
    );
  }
  const { importMark } = await feedOf(platform.client);
  const version = await importMark.set("first");
  await importMark.set("second");
  const error = await assertRejects(
    () => importMark.clear(version),
    KvError,
    "another one has begun",
  );
  assertEquals(error.retryable, true);
  await assertRejects(
    () => platform.client.processChanges(() => {}),
    KvError,
    "the import of second has not ended and is older, call importCacheDir again",
  );
  await withOldFolder({}, async (dir) => {
    await importCacheDir(dir, platform.client);
    assertEquals(await importMark.isSet(), false);
  });
});
