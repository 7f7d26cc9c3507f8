import type { Client } from "../../client.ts";
import { openClient } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { interruptedBy } from "../_failure/exit_code.ts";
import { marking } from "../drain/drain.ts";
import { chooseHandler } from "../drain/handler.ts";
import { type AttemptOptions, runOptions } from "../drain/options.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import {
  assertListed,
  assertWhich,
  findLetters,
  type SourceOptions,
  type WhichOptions,
} from "./_choice.ts";

/** How dead letters are tried again. */
export interface RetryOptions extends WhichOptions, AttemptOptions {
  readonly includeSuperseded?: boolean;
}

/** Gives dead letters to a handler again. */
export async function retry(
  cli: Cli,
  ids: readonly string[],
  options: RetryOptions,
): Promise<ExitCode> {
  assertWhich(ids, options);
  const { source, includeSuperseded = false } = options;
  const { handle, broken } = await chooseHandler(cli, options);
  await using open = await openClient(cli, options, { create: false });
  const { client } = open;
  await assertListed(client, ids, options);
  const done = await client.retryDeadLetters(marking(handle, options), {
    ...runOptions(cli, broken, options),
    source,
    includeSuperseded,
    ...ids.length > 0 && { ids },
  });
  if (broken.aborted) throw broken.reason;
  const left = await countLeft(client, ids, options);
  await tellRetry(cli, { done, left }, options);
  if (cli.host.signal.aborted) return interruptedBy(cli.host.signal);
  return left === 0 ? EXIT.done : EXIT.left;
}

async function countLeft(
  client: Client,
  ids: readonly string[],
  { source }: SourceOptions,
): Promise<number> {
  return ids.length === 0
    ? (await client.health())[source].deadLetters
    : (await findLetters(client, ids, { source })).length;
}

async function tellRetry(
  { output }: Cli,
  counts: { done: number; left: number },
  { ndjson = false }: RetryOptions,
): Promise<void> {
  if (output.isJson && ndjson) output.warnJson(counts);
  else if (output.isJson) await output.json(counts);
  else output.note(`${counts.done} delivered, ${counts.left} left`);
}
