import { createSeal } from "../../crypto/seal.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import { readFileText } from "../_files/read_text.ts";

/** The variable that holds the sealing key. */
export const SEALING_KEY = "SLUICE_SEALING_KEY";

/** Where the sealing key is. */
export interface SealingKeyOptions {
  readonly sealingKeyFile?: string;
}

/** Whether a sealing key is given. */
export function hasSealingKey(
  { host: { env } }: Pick<Cli, "host">,
  { sealingKeyFile }: SealingKeyOptions,
): boolean {
  return sealingKeyFile !== undefined || (env[SEALING_KEY] ?? "") !== "";
}

/** Reads the sealing keys, of which the first seals; `undefined` when there are none. */
export async function sealingKeysOf(
  { host: { env } }: Pick<Cli, "host">,
  { sealingKeyFile }: SealingKeyOptions,
): Promise<readonly string[] | undefined> {
  const text = sealingKeyFile === undefined
    ? env[SEALING_KEY] ?? ""
    : await readFileText(sealingKeyFile, {
      what: "--sealing-key-file",
      hidesPath: true,
    });
  const keys = text.split(/\s+/).filter((key) => key !== "");
  if (keys.length === 0 && sealingKeyFile === undefined) return undefined;
  assertSealingKeys(
    keys,
    sealingKeyFile === undefined ? SEALING_KEY : "--sealing-key-file",
  );
  return keys;
}

// Before a store is opened, which may have to be made.
function assertSealingKeys(keys: readonly string[], source: string): void {
  try {
    createSeal(keys);
  } catch {
    const state = keys.length === 0 ? "it is empty" : "it is no sealing key";
    throw new ConfigError(
      `Cannot use ${source}: ${state}, wanted what is made by: sluice keys generate --sealing`,
    );
  }
}

/** The error for a command that cannot do without a sealing key. */
export function noSealingKey(): ConfigError {
  return new ConfigError(
    `Cannot open what is sealed: there is no sealing key, wanted that of the application in ${SEALING_KEY} or --sealing-key-file; a first one is made by: sluice keys generate --sealing`,
  );
}
