import files from "node:fs/promises";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { ConfigError, scaffold } from "../../src/connector/mod.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const FILES = [
  "deno.json",
  ".gitignore",
  "README.md",
  "settings.ts",
  "client.ts",
  "capabilities_read.ts",
  "capabilities_write.ts",
  "integration.ts",
  "main.ts",
  "tests/capabilities_test.ts",
];

async function temporary(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function contents(
  dir: string,
  prefix = "",
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(join(dir, prefix))) {
    const path = `${prefix}${name}`;
    if (isDirectory) {
      Object.assign(
        found,
        { [`${path}/`]: "" },
        await contents(dir, `${path}/`),
      );
    } else found[path] = await Deno.readTextFile(join(dir, path));
  }
  return found;
}

/** Runs Deno in the project and gives what it said. */
async function deno(
  cwd: string,
  args: string[],
  input = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Makes the package of this repository stand for the published one. */
async function linkPackage(dir: string): Promise<void> {
  const path = join(dir, "deno.json");
  const manifest = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(
    path,
    JSON.stringify({ ...manifest, links: [ROOT] }),
  );
}

function app(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (request.headers.get("authorization") !== "Bearer good-token") {
    return new Response(null, { status: 401 });
  }
  return pathname === "/me"
    ? Response.json({ tenant: "tenant-1" })
    : Response.json({
      users: [{ id: "7", email: "a@b.c", active: true }],
      after: null,
    });
}

Deno.test("scaffold() writes a project that is formatted and linted, and whose tests pass", async () => {
  await using folder = await temporary();
  const dir = join(folder.path, "my-app");
  assertEquals(await scaffold("My app", dir), FILES);
  for (const args of [["fmt", "--check"], ["lint"]]) {
    const { code, stderr } = await deno(dir, args);
    assertEquals(code, 0, stderr);
  }
  await linkPackage(dir);
  const { code, stdout, stderr } = await deno(dir, ["task", "test"]);
  assertEquals(code, 0, stdout + stderr);
  assert(stdout.includes("4 passed"), stdout);
});

Deno.test("scaffold() writes a connector that answers on the command line and over HTTP", async () => {
  await using folder = await temporary();
  await using upstream = Deno.serve({ port: 0, onListen(): void {} }, app);
  const dir = folder.path;
  await scaffold("my_app", dir);
  await linkPackage(dir);
  const request = (token: string) =>
    JSON.stringify({
      auth: { token: { token } },
      settings: { base_url: `http://localhost:${upstream.addr.port}` },
      request: {},
    });

  const info = await deno(dir, ["run", "main.ts", "info"]);
  assertEquals(JSON.parse(info.stdout).response.app_id, "my-app", info.stderr);

  const run = ["run", "--allow-net", "main.ts"];
  const good = await deno(
    dir,
    [...run, "validate_credentials", "-"],
    request("good-token"),
  );
  assertEquals(JSON.parse(good.stdout).response, {
    valid: true,
    unique_tenant_id: "tenant-1",
  });
  const args = ["validate_credentials", "--json", request("bad-planted-token")];
  const bad = await deno(dir, [...run, ...args, "--fail-on-error"]);
  assertEquals(JSON.parse(bad.stdout).error.error_code, "my-app.unauthorized");
  assertEquals(bad.code, 1);
  assert(!`${bad.stdout}${bad.stderr}`.includes("planted"));

  const server = new Deno.Command(Deno.execPath(), {
    args: [...run, "serve", "--port", "0"],
    cwd: dir,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines = server.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!/Listening on \S+\n/.test(said)) {
    const { value, done } = await lines.read();
    if (done) break;
    said += value;
  }
  const url = /Listening on (\S+)\n/.exec(said)?.[1];
  assert(url, said);
  const answer = await fetch(`${url}/list_accounts`, {
    method: "POST",
    body: request("good-token"),
  });
  assertEquals((await answer.json()).response[0].user_status, "ACTIVE");
  server.kill("SIGTERM");
  await lines.cancel();
  await server.status;
});

for (
  const name of [
    "",
    "1app",
    "-app",
    "app-",
    "my  app",
    "my__app",
    "../evil",
    "a/b",
    "näme",
    "class",
    "con",
    "NUL",
    "com1",
    "LPT9",
    "test",
    "x".repeat(65),
    'a"b',
  ]
) {
  Deno.test(`scaffold() refuses the name ${JSON.stringify(name)} and writes nothing`, async () => {
    await using folder = await temporary();
    await assertRejects(
      () => scaffold(name, folder.path),
      TypeError,
      "Cannot use name: ",
    );
    assertEquals(await contents(folder.path), {});
  });
}

Deno.test("scaffold() makes the forms of a name", async () => {
  await using folder = await temporary();
  await scaffold("Acme_cloud 9-hr", folder.path);
  const { "integration.ts": integration = "", "settings.ts": settings = "" } =
    await contents(folder.path);
  assert(integration.includes('appId: "acme-cloud-9-hr"'), integration);
  assert(
    integration.includes('userFriendlyName: "Acme Cloud 9 Hr"'),
    integration,
  );
  assert(settings.includes("export const AcmeCloud9HrSettings"), settings);
});

Deno.test("scaffold() overwrites nothing without force", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(join(folder.path, "notes.txt"), "mine");
  await assertRejects(
    () => scaffold("app", folder.path),
    ConfigError,
    'is not empty, wanted another directory or the option "force"',
  );
  assertEquals(await contents(folder.path), { "notes.txt": "mine" });
  await assertRejects(
    () => scaffold("app", join(folder.path, "notes.txt")),
    ConfigError,
    "wanted a directory",
  );
});

Deno.test("scaffold() with force overwrites its own files and leaves others", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(join(folder.path, "notes.txt"), "mine");
  await Deno.writeTextFile(join(folder.path, "main.ts"), "old");
  await scaffold("app", folder.path, { force: true });
  const after = await contents(folder.path);
  assertEquals(after["notes.txt"], "mine");
  assert(after["main.ts"]?.includes("runConnector"));
});

Deno.test("scaffold() with testsOnly writes the tests alone", async () => {
  await using folder = await temporary();
  const options = { testsOnly: true };
  assertEquals(await scaffold("app", folder.path, options), [
    "tests/capabilities_test.ts",
  ]);
});

Deno.test("scaffold() refuses a name and a directory that are no text", async () => {
  const nothing = JSON.parse("{}").name;
  await using folder = await temporary();
  await assertRejects(
    () => scaffold(nothing, folder.path),
    TypeError,
    "Cannot use name: ",
  );
  for (const directory of [nothing, ""]) {
    await assertRejects(
      () => scaffold("app", directory),
      TypeError,
      "Cannot use directory: wanted a path that is not empty",
    );
  }
});

Deno.test("scaffold() with testsOnly needs force only to overwrite a test", async () => {
  await using folder = await temporary();
  const options = { testsOnly: true };
  await scaffold("app", folder.path);
  await assertRejects(
    () => scaffold("app", folder.path, options),
    ConfigError,
    'tests/capabilities_test.ts is there already, wanted another directory or the option "force"',
  );
  await Deno.remove(join(folder.path, "tests", "capabilities_test.ts"));
  await Deno.writeTextFile(join(folder.path, "tests", "mine_test.ts"), "mine");
  await scaffold("app", folder.path, options);
  const after = await contents(folder.path);
  assertEquals(after["tests/mine_test.ts"], "mine");
  assert(after["tests/capabilities_test.ts"]);
});

for (
  const [what, link, target] of [
    ["a folder", "tests", "outside"],
    ["a file", "main.ts", "outside/capabilities_test.ts"],
    ["nothing", "client.ts", "outside/absent.ts"],
  ] as const
) {
  Deno.test(`scaffold() does not follow a symbolic link to ${what}, even with force`, async () => {
    await using folder = await temporary();
    const [outside, dir] = ["outside", "app"].map((name) =>
      join(folder.path, name)
    );
    assert(outside && dir);
    await Deno.mkdir(outside);
    await Deno.mkdir(dir);
    await Deno.writeTextFile(join(outside, "capabilities_test.ts"), "mine");
    await Deno.symlink(join(folder.path, target), join(dir, link));
    await assertRejects(
      () => scaffold("app", dir, { force: true }),
      ConfigError,
      `app/${link} is a symbolic link, wanted none below the directory`,
    );
    assertEquals(await contents(outside), { "capabilities_test.ts": "mine" });
    const names = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
    assertEquals(names, [link]);
  });
}

const PERMISSIONS = Deno.build.os === "windows" ? 0 : 0o777;

async function modeOf(path: string): Promise<number> {
  const { mode } = await Deno.stat(path);
  return (mode ?? 0) & PERMISSIONS;
}

Deno.test("scaffold() writes files that others may read", async () => {
  await using folder = await temporary();
  for (const path of await scaffold("app", folder.path)) {
    assertEquals(await modeOf(join(folder.path, path)), 0o644 & PERMISSIONS);
  }
});

Deno.test("scaffold() takes back the bytes and the mode of what it replaced", async () => {
  await using folder = await temporary();
  const file = join(folder.path, "deno.json");
  const bytes = new Uint8Array([0xff, 0xfe, 0, 1]);
  await Deno.writeFile(file, bytes);
  if (PERMISSIONS !== 0) await Deno.chmod(file, 0o640);
  await Deno.mkdir(join(folder.path, "main.ts")); // a folder in the way
  await assertRejects(
    () => scaffold("app", folder.path, { force: true }),
    ConfigError,
    "is as it was before",
  );
  assertEquals(await Deno.readFile(file), bytes);
  assertEquals(await modeOf(file), 0o640 & PERMISSIONS);
});

Deno.test("scaffold() takes everything back when a file cannot be written", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(join(folder.path, "main.ts"), "old");
  // A file where the folder of the tests has to be, which is the last to be written.
  await Deno.writeTextFile(join(folder.path, "tests"), "in the way");
  const before = await contents(folder.path);
  await assertRejects(
    () => scaffold("app", folder.path, { force: true }),
    ConfigError,
    "is as it was before",
  );
  assertEquals(await contents(folder.path), before);
});

for (const force of [false, true]) {
  Deno.test(`scaffold() takes everything back whichever file fails, ${force ? "over old files" : "in new folders"}`, async () => {
    for (let failing = 1; failing <= FILES.length; failing++) {
      await using folder = await temporary();
      const dir = force ? folder.path : join(folder.path, "new", "app");
      if (force) await Deno.writeTextFile(join(dir, "main.ts"), "old");
      const before = await contents(folder.path);
      await withFailingRename(failing, () =>
        assertRejects(
          () => scaffold("app", dir, { force }),
          ConfigError,
          "is as it was before",
        ));
      assertEquals(await contents(folder.path), before);
    }
  });
}

/** Lets the n-th file that is written fail at its last step. */
async function withFailingRename(
  failing: number,
  run: () => Promise<unknown>,
): Promise<void> {
  const { rename } = files;
  let renames = 0;
  files.rename = (from, to) =>
    ++renames === failing
      ? Promise.reject(new Error("disk full"))
      : rename(from, to);
  try {
    await run();
  } finally {
    files.rename = rename;
  }
}
