import type { Command } from "commander";
import { fileState } from "../_internal/host.ts";
import { ConfigError } from "../errors.ts";
import type { Cli, CommonOptions } from "./_cli.ts";

/** Where a passphrase is. */
export interface PassphraseOptions extends CommonOptions {
  readonly passphraseEnv: string;
  readonly passphraseFile?: string;
}

/** Adds the options that say where a passphrase is. */
export function withPassphrase(command: Command): Command {
  return command
    .option(
      "--passphrase-env <name>",
      "variable that holds the passphrase",
      "ALLUS_KEY_PASSPHRASE",
    )
    .option("--passphrase-file <file>", "file that holds the passphrase");
}

/** Reads the passphrase; `undefined` when there is none. */
export async function passphraseOf(
  { host: { env } }: Cli,
  { passphraseEnv, passphraseFile }: PassphraseOptions,
): Promise<string | undefined> {
  if (passphraseFile !== undefined) {
    const text = await readText(passphraseFile, "the passphrase");
    return text.replace(/\r?\n$/, "");
  }
  const text = env[passphraseEnv] ?? "";
  return text === "" ? undefined : text;
}

/** Reads a file, which an error calls what it is. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new ConfigError(
      `Cannot read ${what} in ${path}: ${fileState(cause)}`,
      // Its mend would be about the configuration.
      { cause: String(cause instanceof Error ? cause.name : "") },
    );
  }
}
