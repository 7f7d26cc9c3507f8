import type { Client } from "../client.ts";
import type { ChangeSource } from "../company_data/mod.ts";
import type { Cli } from "./_cli.ts";
import { openClient } from "./_config.ts";
import { assertWhich, findLetter, type WhichOptions } from "./_dead_letters.ts";
import { type DeliverOptions, marking, runOptions } from "./_deliver.ts";
import { chooseHandler } from "./_handler.ts";
import { interruptedBy } from "./_report.ts";
import { EXIT, type ExitCode } from "./exit.ts";

/** How dead letters are tried again. */
export interface RetryOptions extends WhichOptions, DeliverOptions {
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
  await using open = await openClient(cli, options);
  const { client } = open;
  const done = await client.retryDeadLetters(marking(handle, options), {
    ...retrySettings(cli, options, broken),
    source,
    includeSuperseded,
    ...ids.length > 0 && { ids },
  });
  if (broken.aborted) throw broken.reason;
  const left = await countLeft(client, ids, source);
  await tellRetry(cli, { done, left }, options);
  if (cli.host.signal.aborted) return interruptedBy(cli.host.signal);
  return left === 0 ? EXIT.done : EXIT.left;
}

// Pages and lanes mean nothing to what is tried one after the other.
function retrySettings(
  cli: Cli,
  options: RetryOptions,
  broken: AbortSignal,
): Pick<
  ReturnType<typeof runOptions>,
  "deadlineMs" | "maxRetries" | "onError" | "outageThreshold" | "signal"
> {
  const { concurrency: _, ackWindow: _window, ...rest } = options;
  return runOptions(cli, broken, rest);
}

async function countLeft(
  client: Client,
  ids: readonly string[],
  source: ChangeSource,
): Promise<number> {
  if (ids.length === 0) return (await client.health())[source].deadLetters;
  let left = 0;
  for (const id of ids) {
    if (await findLetter(client, id, { source })) left++;
  }
  return left;
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
