import type { Command } from "commander";
import type { Cli, CommonOptions } from "../_command.ts";
import { readFileText } from "../_files/read_text.ts";

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
    const text = await readFileText(passphraseFile, {
      what: "--passphrase-file",
      hidesPath: true,
    });
    return text.replace(/\r?\n$/, "");
  }
  const text = env[passphraseEnv] ?? "";
  return text === "" ? undefined : text;
}
