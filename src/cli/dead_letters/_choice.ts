import type { Client } from "../../client.ts";
import type { ChangeSource, DeadLetter } from "../../company_data/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { ConfigOptions } from "../_client/config.ts";
import type { CommonOptions } from "../_command.ts";

/** Whose dead letters are meant. */
export interface SourceOptions extends CommonOptions, ConfigOptions {
  readonly source: ChangeSource;
}

/** Which of them are meant. */
export interface WhichOptions extends SourceOptions {
  readonly all?: boolean;
}

const PAGE = 1_000;

/** Those of the ids that are there, in one walk. */
export async function findLetters(
  client: Client,
  ids: readonly string[],
  { source }: Pick<SourceOptions, "source">,
): Promise<DeadLetter[]> {
  const wanted = new Set(ids);
  const found: DeadLetter[] = [];
  let after: string | undefined;
  while (found.length < wanted.size) {
    const from = after === undefined ? {} : { after };
    const page = await client.deadLetters({ source, limit: PAGE, ...from });
    found.push(...page.filter(({ id }) => wanted.has(id)));
    after = page.at(-1)?.id;
    if (after === undefined) break;
  }
  return found;
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

/**
 * Refuses ids that name none, before anything is done: such a one would pass for one that was delivered.
 *
 * @throws {ConfigError} When there are some.
 */
export async function assertListed(
  client: Client,
  ids: readonly string[],
  options: Pick<SourceOptions, "source">,
): Promise<void> {
  const found = await findLetters(client, ids, options);
  const there = new Set(found.map(({ id }) => id));
  const absent = ids.filter((id) => !there.has(id));
  if (absent.length > 0) throw absentError(absent.join(", "));
}

/** The error for an id that names none. */
export function absentError(id: string): ConfigError {
  return new ConfigError(
    `Cannot find the dead letter ${id}: wanted an id that dead-letters list shows`,
  );
}
