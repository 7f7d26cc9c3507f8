import type { Command } from "commander";
import { Client } from "../client.ts";
import {
  type ClientOptions,
  type Config,
  configFromEnv,
  loadConfig,
  type Logger,
} from "../company_data/mod.ts";
import type { KvStore } from "../kv/kv.ts";
import type { Cli } from "./_cli.ts";
import { KV_WANTED, openKv } from "./_open_kv.ts";

/** Which configuration and which store. */
export interface ConfigOptions {
  readonly config?: string;
  readonly kv?: string;
}

/** The file that is read when none is named. */
export const DEFAULT_CONFIG = "allus.json";

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
  return isInEnv(host) && !await isFile(DEFAULT_CONFIG)
    ? await configFromEnv(host.env)
    : await loadConfig(DEFAULT_CONFIG, host.env);
}

/** Whether there is a configuration at all, or one was named. */
export async function hasConfig(
  { host }: Cli,
  { config }: ConfigOptions,
): Promise<boolean> {
  return config !== undefined || isInEnv(host) || await isFile(DEFAULT_CONFIG);
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
  const kv = options.kv === undefined
    ? undefined
    : await openKv(options.kv, cli.host);
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

function isInEnv({ env }: Cli["host"]): boolean {
  return (env["ALLUS_API_URL"] ?? "") !== "";
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}
