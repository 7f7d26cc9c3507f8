import type { Command } from "commander";
import { Client } from "../client.ts";
import {
  type ClientOptions,
  type Config,
  configFromEnv,
  loadConfig,
  type Logger,
} from "../company_data/mod.ts";
import { ConfigError } from "../errors.ts";
import { denoKv } from "../kv/deno.ts";
import { fsKv } from "../kv/fs.ts";
import type { KvStore } from "../kv/kv.ts";
import { memoryKv } from "../kv/memory.ts";
import type { Cli } from "./_cli.ts";

/** Which configuration and which store. */
export interface ConfigOptions {
  readonly config?: string;
  readonly kv?: string;
}

/** The file that is read when none is named. */
export const DEFAULT_CONFIG = "allus.json";

const KV_WANTED =
  "the path of a folder, memory, deno: or deno:<path or URL of a database>";

/** Adds the options that name the configuration and the store. */
export function withConfig(command: Command): Command {
  return command
    .option(
      "--config <file>",
      `configuration file (default: ${DEFAULT_CONFIG} when it is there, else the ALLUS_ variables)`,
    )
    .option("--kv <store>", `store: ${KV_WANTED} (default: cache_dir)`);
}

/** Reads the configuration that was named, or the one that is there. */
export async function readConfig(
  { host }: Cli,
  { config }: ConfigOptions,
): Promise<Config> {
  if (config !== undefined) return await loadConfig(config, host.env);
  const isSet = (host.env["ALLUS_API_URL"] ?? "") !== "";
  return isSet && !await isFile(DEFAULT_CONFIG)
    ? await configFromEnv(host.env)
    : await loadConfig(DEFAULT_CONFIG, host.env);
}

/** Opens the store that was named; `undefined` leaves it to the client. */
export async function openKv(
  kv: string | undefined,
): Promise<KvStore | undefined> {
  if (kv === undefined) return undefined;
  if (kv === "memory") return memoryKv();
  if (kv === "deno:" || kv.startsWith("deno:")) {
    return await openDenoKv(kv.slice("deno:".length));
  }
  if (kv !== "" && !/^[a-z][a-z0-9+.-]+:/i.test(kv)) return await fsKv(kv);
  throw kvError(`wanted ${KV_WANTED}`);
}

/** A client, and what it was made of; closes both it and its store. */
export interface OpenClient extends AsyncDisposable {
  readonly client: Client;
  readonly config: Config;
}

/** Makes a client of the configuration and the store that were named. */
export async function openClient(
  cli: Cli,
  options: ConfigOptions,
): Promise<OpenClient> {
  const config = await readConfig(cli, options);
  const kv = await openKv(options.kv);
  const client = new Client(config, clientOptions(cli, kv));
  return {
    client,
    config,
    async [Symbol.asyncDispose](): Promise<void> {
      try {
        await client[Symbol.asyncDispose]();
      } finally {
        await kv?.close();
      }
    },
  };
}

/** What a client of the command is made with. */
export function clientOptions(
  cli: Cli,
  kv: KvStore | undefined,
): ClientOptions {
  return { env: {}, logger: loggerOf(cli), ...kv && { kv } };
}

function loggerOf({ output }: Cli): Logger {
  return {
    info: () => {},
    warn(message, fields = {}): void {
      const facts = Object.entries(fields).map(([name, value]) =>
        `${name}=${value}`
      );
      output.warn([`Warning: ${message}`, ...facts].join(" "));
    },
  };
}

async function openDenoKv(path: string): Promise<KvStore> {
  // Absent without the flag, whatever the types say.
  if (typeof Deno.openKv !== "function") {
    throw kvError("Deno KV is switched off, wanted deno run --unstable-kv");
  }
  const handle = path === "" ? Deno.openKv() : Deno.openKv(path);
  return denoKv(
    await handle.catch(() => {
      throw kvError("Deno KV cannot open the database of that name");
    }),
    { closeHandle: true },
  );
}

function kvError(message: string): ConfigError {
  return new ConfigError(`Cannot use --kv: ${message}`, {
    problems: [{ field: "--kv", message }],
  });
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}
