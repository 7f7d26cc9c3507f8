import type { Command } from "commander";
import {
  type Config,
  configFromEnv,
  loadConfig,
} from "../../company_data/mod.ts";
import type { Cli } from "../_command.ts";
import { KV_WANTED } from "../_kv/open_kv.ts";

/** Which configuration and which store. */
export interface ConfigOptions {
  readonly config?: string;
  readonly kv?: string;
}

/** The file that is read when none is named. */
const DEFAULT_CONFIG = "allus.json";

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

function isInEnv({ env }: Cli["host"]): boolean {
  return (env["ALLUS_API_URL"] ?? "") !== "";
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}
