import type { Client } from "../client.ts";
import type { ChangeSource, DeadLetter } from "../company_data/mod.ts";
import { ConfigError } from "../errors.ts";
import type { CommonOptions } from "./_cli.ts";
import type { ConfigOptions } from "./_config.ts";

/** Whose dead letters are meant. */
export interface SourceOptions extends CommonOptions, ConfigOptions {
  readonly source: ChangeSource;
}

/** Which of them are meant. */
export interface WhichOptions extends SourceOptions {
  readonly all?: boolean;
}

const PAGE = 1_000;

/** Looks for the one of that id. */
export async function findLetter(
  client: Client,
  id: string,
  { source }: SourceOptions,
): Promise<DeadLetter | undefined> {
  let last: DeadLetter | undefined;
  for (;;) {
    const after = last && { after: last.id };
    const page = await client.deadLetters({ source, limit: PAGE, ...after });
    const found = page.find((letter) => letter.id === id);
    last = page.at(-1);
    if (found || !last) return found;
  }
}

/** Refuses both ids and `--all`, and neither of them. */
export function assertWhich(
  ids: readonly string[],
  { all = false }: WhichOptions,
): void {
  if (ids.length > 0 !== all) return;
  throw new ConfigError(
    "Cannot choose dead letters: wanted either their ids or --all",
  );
}

/** The error for an id that names none. */
export function absent(id: string): ConfigError {
  return new ConfigError(
    `Cannot find the dead letter ${id}: wanted an id that dead-letters list shows`,
  );
}
