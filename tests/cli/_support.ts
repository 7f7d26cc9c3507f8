import { join } from "@std/path";
import { type CliHost, type ExitCode, runSluice } from "../../src/cli.ts";
import { generateKeyPair } from "../../src/crypto/mod.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxOptions,
} from "../../src/sandbox/mod.ts";

// One key pair for all tests of a file: making one costs a tenth of a second.
const keys = await generateKeyPair();

/** What a command did. */
export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process. */
export async function sluice(
  args: readonly string[],
  over: Partial<CliHost> = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await runSluice(args, {
    env: { NO_COLOR: "1" },
    outIsTerminal: false,
    errIsTerminal: false,
    columns: 100,
    out: (text) => Promise.resolve(void (out += text)),
    err: (text) => Promise.resolve(void (err += text)),
    readInput: () => Promise.resolve(""),
    signal: new AbortController().signal,
    ...over,
  });
  return { code, out, err };
}

/** A sandbox over HTTP, and a folder with its configuration. */
export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Path of the configuration; the store is in the same folder. */
  readonly config: string;
  /** A path in the folder. */
  path(name: string): string;
  /** Writes a file there and gives its path. */
  write(name: string, text: string): Promise<string>;
  /** Runs a command with `--config`. */
  sluice(args: readonly string[], over?: Partial<CliHost>): Promise<Ran>;
}

/** Starts a sandbox on a free loopback port. */
export async function startWorld(
  options: SandboxOptions = {},
): Promise<World> {
  const folder = await Deno.makeTempDir();
  const sandbox = await createSandbox({
    keys,
    keyIterations: 1_000,
    ...options,
  });
  await sandbox.listen();
  const path = (name: string): string => join(folder, name);
  const config = path("allus.json");
  const settings = sandbox.config({ cache_dir: path("store") });
  await Deno.writeTextFile(config, JSON.stringify(settings));
  return {
    sandbox,
    config,
    path,
    async write(name, text): Promise<string> {
      await Deno.writeTextFile(path(name), text);
      return path(name);
    },
    sluice: (args, over) => sluice([...args, "--config", config], over),
    async [Symbol.asyncDispose](): Promise<void> {
      await sandbox.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Publishes changes of one person, with the values `v0`, `v1` and so on. */
export async function publish(sandbox: Sandbox, count: number): Promise<void> {
  const person = await sandbox.connect();
  await sandbox.publishMany(
    Array.from({ length: count }, (_, i) => ({
      event: "field_updated",
      slug: "job_title",
      person,
      value: `v${i}`,
    })),
  );
}

/** The values of NDJSON lines of changes. */
export function valuesOf(ndjson: string): unknown[] {
  return linesOf(ndjson).map((line) => line["value"]);
}

/** The objects of NDJSON. */
export function linesOf(ndjson: string): Record<string, unknown>[] {
  return ndjson.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Lets no more than the first byte of a text be written to a file until it is disposed. */
export function fullDisk(): Disposable {
  const { prototype } = Deno.FsFile;
  const { write } = prototype;
  prototype.write = async function (bytes): Promise<number> {
    await write.call(this, bytes.subarray(0, 1));
    throw new Error("No space left on device (os error 28)");
  };
  return { [Symbol.dispose]: () => void (prototype.write = write) };
}

/** An empty folder, as a new user has it. */
export async function emptyFolder(): Promise<
  AsyncDisposable & { path(name: string): string; names(): string[] }
> {
  const folder = await Deno.makeTempDir();
  return {
    path: (name) => join(folder, name),
    names: () => Array.from(Deno.readDirSync(folder), ({ name }) => name),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
