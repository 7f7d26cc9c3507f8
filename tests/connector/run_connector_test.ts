import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Type } from "typebox";
import { Connector } from "../../src/connector/mod.ts";
import {
  type CommandHost,
  runConnector,
} from "../../src/hono/run_connector.ts";
import { AUTH, BASICS } from "./_support.ts";

interface Fake extends CommandHost {
  readonly stdout: string[];
  readonly stderr: string[];
  readonly codes: number[];
}

function fakeHost(files: Record<string, string> = {}): Fake {
  const [stdout, stderr, codes]: [string[], string[], number[]] = [[], [], []];
  return {
    stdout,
    stderr,
    codes,
    out: (text) => Promise.resolve(void stdout.push(text)),
    err: (text) => Promise.resolve(void stderr.push(text)),
    read: (path) => {
      const text = files[path];
      return text === undefined
        ? Promise.reject(new Error("absent"))
        : Promise.resolve(text);
    },
    exitWith: (code) => void codes.push(code),
  };
}

const settings = Type.Object({ pin: Type.String({ "x-secret": true }) });
const connector = new Connector({ ...BASICS, settings });
connector.registerCapability("list_accounts", ({ auth, settings }) => {
  console.log("using", auth.basic.password, { pin: settings.pin });
  console.error(new Error(settings.pin));
  return { response: [] };
});
connector.registerCapability("delete_account", ({ auth }) => {
  throw new Error(`no with ${auth.basic.password}`);
});

const SETTINGS = { pin: "planted-pin" };
const GOOD = JSON.stringify({ auth: AUTH, settings: SETTINGS, request: {} });
const BAD = JSON.stringify({
  auth: AUTH,
  settings: SETTINGS,
  request: { account_id: "1" },
});
const ANSWER = '{"response":[],"raw_data":null,"page":null}\n';

async function run(
  args: string[],
  files: Record<string, string> = {},
): Promise<Fake & { code: number }> {
  const host = fakeHost(files);
  const code = await runConnector(connector, args, { host });
  assertEquals(host.codes, [code]);
  return { ...host, code };
}

Deno.test("runConnector() prints info, with and without a --json", async () => {
  for (const args of [["info"], ["info", "--json", '{"a":1}']]) {
    const { stdout, code } = await run(args);
    assertEquals(
      JSON.parse(stdout.join("")),
      JSON.parse(JSON.stringify(connector.info())),
    );
    assertEquals(code, 0);
  }
});

for (
  const [what, args, files] of [
    ["--json", ["list_accounts", "--json", GOOD], {}],
    ["--json=", ["list_accounts", `--json=${GOOD}`], {}],
    ["--json-file", ["list_accounts", "--json-file", "f.json"], {
      "f.json": GOOD,
    }],
    ["--json-file -", ["list_accounts", "--json-file", "-"], { "-": GOOD }],
    ["-", ["list_accounts", "-"], { "-": GOOD }],
    ["a name with -", ["list-accounts", "-", "--fail-on-error"], { "-": GOOD }],
  ] as const
) {
  Deno.test(`runConnector() answers ${what} on the standard output, and nothing else`, async () => {
    const { stdout, code } = await run([...args], { ...files });
    assertEquals([stdout.join(""), code], [ANSWER, 0]);
  });
}

Deno.test("runConnector() sends what handlers print to the standard error, without secrets", async () => {
  const { log } = console;
  const { stdout, stderr } = await run(["list_accounts", "--json", GOOD]);
  assertEquals(stdout, [ANSWER]);
  assertEquals(stderr, [
    'using [redacted] {"pin":"[redacted]"}\n',
    "Error: [redacted]\n",
  ]);
  assertEquals(console.log, log);
});

Deno.test("runConnector() ends an error envelope with 0, or with 1 when asked to", async () => {
  for (const [flags, wanted] of [[[], 0], [["--fail-on-error"], 1]] as const) {
    const { stdout, stderr, code } = await run([
      "delete_account",
      "--json",
      BAD,
      ...flags,
    ]);
    assertEquals(
      JSON.parse(stdout.join("")).error.message,
      "no with [redacted]",
    );
    assertEquals(stderr, ["mock/unexpected_error: no with [redacted]\n"]);
    assertEquals(code, wanted);
  }
});

Deno.test("runConnector() answers malformed JSON with an envelope", async () => {
  const { stdout, code } = await run([
    "list_accounts",
    "--json",
    '{"auth": "planted',
  ]);
  assertEquals(
    JSON.parse(stdout.join("")).error.error_code,
    "mock.bad_request",
  );
  assertEquals(code, 0);
});

for (
  const [args, words, wanted] of [
    [[], "Wanted a command", 1],
    [["nothing", "--json", "{}"], "Wanted a capability of this connector", 2],
    [
      ["constructor", "--json", "{}"],
      "Wanted a capability of this connector",
      2,
    ],
    [["list_accounts"], "Wanted one of --json", 2],
    [["list_accounts", "--json"], "Wanted a value for --json", 2],
    [["list_accounts", "--json", "{}", "-"], "Wanted one of --json", 2],
    [
      ["list_accounts", "--json", "{}", "--json", "{}"],
      "Wanted --json once",
      2,
    ],
    [["list_accounts", "--jsn", "{}"], "Unknown argument --jsn", 2],
    [
      ["list_accounts", '{"auth":"planted"}'],
      "Unknown argument that is no option",
      2,
    ],
    [
      ["list_accounts", "--json-file", "absent.json"],
      "Cannot read absent.json",
      2,
    ],
    [
      ["list_accounts", "--json-file", '{"auth":"planted"}'],
      "Wanted a path after --json-file",
      2,
    ],
    [
      ["list_accounts", '--json-file= ["planted"]'],
      "Wanted a path after --json-file",
      2,
    ],
    [["serve", "--port", "x"], "Wanted a --port from 0 to 65535", 2],
    [["serve", "--port", "70000"], "Wanted a --port from 0 to 65535", 2],
    [["info", "--port", "1"], "Unknown argument --port", 2],
  ] as const
) {
  Deno.test(`runConnector() refuses [${args.join(" ")}] with ${wanted}`, async () => {
    const { stdout, stderr, code } = await run([...args]);
    assertEquals([stdout, code], [[], wanted]);
    const said = stderr.join("");
    assert(said.startsWith(words), said);
    assert(said.includes("Usage of mock:") && !said.includes("planted"), said);
  });
}

Deno.test("runConnector() helps on the standard error", async () => {
  const { stdout, stderr, code } = await run(["--help"]);
  assertEquals([stdout, code], [[], 0]);
  assert(stderr.join("").includes("  list_accounts"));
});

Deno.test("runConnector() serves on the loopback until its signal", async () => {
  const stop = new AbortController();
  const host = fakeHost();
  const listening = Promise.withResolvers<string>();
  const { err } = host;
  const watched: CommandHost = {
    ...host,
    err(text): Promise<void> {
      const url = /http:\S+/.exec(text)?.[0];
      if (url) listening.resolve(url);
      return err(text);
    },
  };
  const { signal } = stop;
  const ended = runConnector(connector, ["serve", "--port", "0"], {
    host: watched,
    signal,
  });
  const url = await listening.promise;
  assertEquals(new URL(url).hostname, "127.0.0.1");
  const answer = await fetch(`${url}/list_accounts`, {
    method: "POST",
    body: GOOD,
  });
  assertEquals(`${await answer.text()}\n`, ANSWER);
  stop.abort();
  assertEquals(await ended, 0);
  assertEquals(host.stdout, []);
});

Deno.test("runConnector() says in one line that it cannot listen", async () => {
  const { stdout, stderr, code } = await run([
    "serve",
    "--hostname",
    "999.1.1.1",
  ]);
  assertEquals([stdout, stderr, code], [
    [],
    ["Cannot listen on 999.1.1.1:8000: the host refuses it (Error)\n"],
    1,
  ]);
});

Deno.test("runConnector() keeps the standard output of a process for the answer, also after it", async () => {
  const token = "planted-token";
  const json = JSON.stringify({ auth: { token: { token } }, request: {} });
  const script = fromFileUrl(new URL("_late_printer.ts", import.meta.url));
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, "list_accounts", "--json", json],
    env: { NO_COLOR: "1" },
  }).output();
  const [answer, said] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assertEquals([answer, code], [ANSWER, 0]);
  const lines = said?.replaceAll(/\d+ ms/g, "0 ms").trim().split("\n");
  assertEquals(lines, [
    '[{"token":"[redacted]"}]',
    '{"token":"[redacted]"}',
    "[redacted]",
    "Trace: [redacted]",
    "[redacted]",
    "[redacted]",
    "Assertion failed: [redacted]",
    "[redacted]: 1",
    "[redacted]: 0 ms [redacted]",
    "[redacted]: 0 ms",
    "late [redacted]",
  ]);
});
