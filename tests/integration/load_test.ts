import { assertEquals, assertRejects } from "@std/assert";
import {
  ActionResult,
  ConfigError,
  ConfigurationError,
  Integration,
} from "../../src/integration/mod.ts";
import { config, mockContext, POLLING } from "./_support.ts";

async function withFile(
  text: string | Uint8Array,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeFile(
      path,
      typeof text === "string" ? new TextEncoder().encode(text) : text,
    );
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("Integration.load() reads a path, a file URL and an object alike", async () => {
  const fromObject = await Integration.load(config());
  await withFile(JSON.stringify(config()), async (path) => {
    assertEquals((await Integration.load(path)).config, fromObject.config);
    const url = new URL(`file://${path}`);
    assertEquals((await Integration.load(url)).config, fromObject.config);
  });
  assertEquals(fromObject.config.name, "Test");
  assertEquals(Object.keys(fromObject.config.actions), ["echo"]);
});

Deno.test("Integration.load() gives a new integration each time and keeps no hold of the object", async () => {
  const source = config();
  const first = await Integration.load(source);
  source["actions"] = {};
  assertEquals(Object.keys(first.config.actions), ["echo"]);
  assertEquals(await Integration.load(config()) === first, false);
});

Deno.test("Integration.load() takes a file that begins with a byte order mark", async () => {
  await withFile(`\uFEFF${JSON.stringify(config())}`, async (path) => {
    assertEquals((await Integration.load(path)).config.name, "Test");
  });
});

Deno.test("Integration.load() says which file is absent or no JSON", async () => {
  assertEquals(ConfigurationError, ConfigError);
  await assertRejects(
    () => Integration.load("/nowhere/config.json"),
    ConfigurationError,
    "Cannot read the configuration file /nowhere/config.json: there is no such file",
  );
  for (const text of ["", "{", "nonsense"]) {
    await withFile(text, async (path) => {
      await assertRejects(
        () => Integration.load(path),
        ConfigurationError,
        `Cannot use the configuration file ${path}: it is not JSON`,
      );
    });
  }
  await withFile("[]", async (path) => {
    await assertRejects(
      () => Integration.load(path),
      ConfigurationError,
      "it is not a JSON object",
    );
  });
});

Deno.test("Integration.load() refuses what is no source", async () => {
  await assertRejects(
    () => Integration.load(5 as unknown as string),
    TypeError,
    "Cannot use source: wanted a path, a file URL or an object, got number",
  );
  await assertRejects(
    () => Integration.load(new URL("https://example.com/config.json")),
    TypeError,
    "Cannot use source: wanted a file URL, got https:",
  );
  await assertRejects(() => Integration.load([]), ConfigurationError);
});

Deno.test("Integration.load() names everything that is missing at once", async () => {
  const error = await assertRejects(
    () =>
      Integration.load({
        actions: { a: { description: "x" }, b: 5 },
        polling_triggers: { t: { polling_interval: "10x" } },
        auth: [],
      }),
    ConfigurationError,
    "Cannot use the configuration: ",
  );
  assertEquals(error.problems.map(({ field }) => field), [
    "/name",
    "/version",
    "/description",
    "/auth",
    "/actions/a/input_schema",
    "/actions/a/output_schema",
    "/actions/b",
    "/polling_triggers/t/polling_interval",
    "/polling_triggers/t/description",
    "/polling_triggers/t/input_schema",
    "/polling_triggers/t/output_schema",
  ]);
});

Deno.test("Integration.load() ignores unknown keys and takes absent and null sections", async () => {
  for (const more of [{}, { auth: null, polling_triggers: null, extra: 1 }]) {
    const { config: read } = await Integration.load(config(more));
    assertEquals([read.auth, read.pollingTriggers], [{}, Object.create(null)]);
  }
});

const INTERVALS: [unknown, number | undefined][] = [
  ["5m", 300_000],
  ["5M", 300_000],
  [" 5m", 300_000],
  ["5 m", 300_000],
  ["+3d", 259_200_000],
  ["-5m", -300_000],
  ["0s", 0],
  ["2h", 7_200_000],
  ["1_000s", 1_000_000],
  ["10x", undefined],
  ["", undefined],
  ["5", undefined],
  ["m", undefined],
  ["1.5h", undefined],
  [5, undefined],
  [null, undefined],
];

for (const [interval, ms] of INTERVALS) {
  Deno.test(`Integration.load() reads the interval ${JSON.stringify(interval)} as ${ms} ms`, async () => {
    const trigger = {
      ...POLLING.polling_triggers.news,
      polling_interval: interval,
    };
    const load = (): Promise<Integration> =>
      Integration.load(config({ polling_triggers: { trigger } }));
    if (ms === undefined) {
      await assertRejects(load, ConfigurationError, "one of s, m, h and d");
    } else {
      const { pollingTriggers } = (await load()).config;
      assertEquals(pollingTriggers["trigger"]?.pollingIntervalMs, ms);
    }
  });
}

Deno.test("Integration.load() refuses an option that cannot be meant", async () => {
  await assertRejects(
    () => Integration.load(config(), { onOutputMismatch: "log" as "warn" }),
    TypeError,
    'Cannot use onOutputMismatch: wanted "fail" or "warn"',
  );
});

Deno.test("Integration.load() takes the oddities of configurations in use, and their actions run", async () => {
  const file = {
    type: "object",
    label: "File",
    properties: {
      name: { type: "string" },
      content: { type: "string", format: "file", "x-autohive-input": "file" },
      size: { type: ["integer", "null"], nullable: true, help_text: "bytes" },
    },
  };
  const integration = await Integration.load({
    name: "Name with spaces",
    version: "21.0.0",
    description: "",
    auth: {
      type: "oauth2_pkce",
      identifier: "x",
      use_pkce: true,
      fields: {
        type: "object",
        properties: { key: { type: "string", required: false } },
      },
    },
    polling_triggers: {},
    actions: {
      list: {
        description: "",
        input_schema: { type: "object", properties: { file } },
        output_schema: { type: ["array", "null"] },
      },
    },
  });
  integration.action("list")(() => new ActionResult([1]));
  const inputs = { file: { name: "a", content: "eA==", size: null } };
  const context = mockContext({ key: "k" });
  const { type } = await integration.executeAction("list", inputs, context);
  assertEquals(type, "action");
});

Deno.test("Integration.load() does not quote the text of a file that is given for its path", async () => {
  const error = await assertRejects(
    () => Integration.load('{"auth": "planted-5ecret"}'),
    ConfigError,
    "the source is the text of a file and not its path",
  );
  assertEquals(error.message.includes("planted"), false);
});
