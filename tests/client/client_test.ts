import { assertEquals, assertInstanceOf } from "@std/assert";
import { Client } from "../../mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { startPlatform, type TestPlatform } from "../_support/platform.ts";

interface Warning {
  readonly message: string;
  readonly fields: unknown;
}

async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await work(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function openClient(
  { sandbox }: TestPlatform,
  { dir, warnings = [] }: { dir: string; warnings?: Warning[] },
): Promise<Client> {
  return Client.fromConfig(sandbox.config({ cache_dir: `${dir}/cache` }), {
    env: {},
    logger: {
      info: () => {},
      warn: (message, fields) => void warnings.push({ message, fields }),
    },
  });
}

/** Fetches what is there and hands it to nobody. */
async function fetchOnly(client: Client): Promise<void> {
  const halt = (): never => {
    throw new Error("halt");
  };
  await client.processChanges(halt, { onError: "halt", maxRetries: 0 })
    .catch(() => {});
}

async function delivered(client: Client): Promise<number> {
  return (await client.processChanges(() => {})).delivered;
}

Deno.test("Client.fromConfig() without kv keeps changes in cache_dir, where the next client finds them", async () => {
  await using platform = await startPlatform();
  await inFolder(async (dir) => {
    await platform.sandbox.publish({ event: "connection_created" });
    {
      await using first = await openClient(platform, { dir });
      assertInstanceOf(first, Client);
      await fetchOnly(first);
    }
    assertEquals(Deno.statSync(`${dir}/cache/log`).isFile, true);
    await using second = await openClient(platform, { dir });
    assertEquals(await delivered(second), 1);
  });
});

Deno.test("Client.fromConfig() with kv makes no folder", async () => {
  await using platform = await startPlatform();
  await inFolder(async (dir) => {
    const config = platform.sandbox.config({ cache_dir: `${dir}/cache` });
    await using client = await Client.fromConfig(config, {
      env: {},
      kv: memoryKv(),
    });
    await platform.sandbox.publish({ event: "connection_created" });
    assertEquals(await delivered(client), 1);
    assertEquals([...Deno.readDirSync(dir)], []);
  });
});

Deno.test("Client.fromConfig() warns of a log that was cut off, and delivers what was whole", async () => {
  await using platform = await startPlatform();
  await inFolder(async (dir) => {
    await platform.sandbox.publish({ event: "connection_created" });
    {
      await using first = await openClient(platform, { dir });
      await fetchOnly(first);
    }
    const torn = new TextEncoder().encode("half a line");
    Deno.writeFileSync(`${dir}/cache/log`, torn, { append: true });
    const warnings: Warning[] = [];
    await using second = await openClient(platform, { dir, warnings });
    assertEquals(await delivered(second), 1);
    const [only, ...more] = warnings;
    assertEquals(more, []);
    assertEquals(
      only?.message,
      "The store was cut off at its last whole commit",
    );
    const { kind, cutBytes } = Object(only?.fields);
    assertEquals([kind, cutBytes], ["torn", torn.length]);
  });
});

Deno.test("Client.fromEnv() makes a client of the variables that it is given", async () => {
  await using platform = await startPlatform();
  const config = platform.sandbox.config();
  const env = Object.fromEntries(
    Object.entries(config).map((
      [name, value],
    ) => [`ALLUS_${name.toUpperCase()}`, String(value)]),
  );
  await using client = await Client.fromEnv(env, { kv: memoryKv() });
  assertInstanceOf(client, Client);
  await platform.sandbox.publish({ event: "connection_created" });
  assertEquals(await delivered(client), 1);
});

Deno.test("Client.fromEnv() names the variables that are missing", async () => {
  const error = await Client.fromEnv({}, { kv: memoryKv() }).catch((e) => e);
  assertInstanceOf(error, ConfigError);
  assertEquals(
    error.problems.map(({ field }) => field).includes("client_secret"),
    true,
  );
});
