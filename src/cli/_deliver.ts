import { type Command, Option } from "commander";
import type { Client } from "../client.ts";
import type {
  ChangeHandler,
  ChangeSource,
  ProcessOptions,
  PumpReport,
} from "../company_data/mod.ts";
import { type Cli, type CommonOptions, seconds, wholeNumber } from "./_cli.ts";
import { type ConfigOptions, openClient } from "./_config.ts";
import {
  chooseHandler,
  type Delivery,
  type HandlerOptions,
} from "./_handler.ts";
import { HandlerFailed } from "./_handler_failed.ts";
import { startProgress } from "./_progress.ts";
import { interruptedBy } from "./_report.ts";
import { EXIT, type ExitCode } from "./exit.ts";

/** How changes are delivered. */
export interface DeliverOptions
  extends CommonOptions, ConfigOptions, HandlerOptions {
  readonly ackWindow?: number;
  readonly batchSize?: number;
  readonly concurrency?: number;
  readonly deadline?: number;
  readonly maxRetries?: number;
  readonly onError?: "deadletter" | "halt";
  readonly outageThreshold?: number;
  readonly storeMessages?: boolean;
}

/** Adds the options that say how changes are delivered. */
export function withRun(command: Command): Command {
  return command
    .option("--max-retries <n>", "attempts after the first", wholeNumber(0))
    .addOption(
      new Option("--on-error <what>", "what becomes of a change that fails")
        .choices(["deadletter", "halt"]),
    )
    .option(
      "--outage-threshold <n>",
      "failures in a row that stop the run",
      wholeNumber(1),
    )
    .option("--deadline <seconds>", "stop between changes after that", seconds)
    .option(
      "--concurrency <n>",
      "changes in hand at once; those of one person stay in order",
      wholeNumber(1),
    )
    .option(
      "--ack-window <n>",
      "acknowledgements that share a commit",
      wholeNumber(1, 400),
    )
    .option(
      "--store-messages",
      "keep the messages of errors in dead letters; they may hold personal data",
    );
}

/** Delivers the changes of the feed or of the inbox, tells how far it got, and what became of them. */
export async function deliver(
  cli: Cli,
  source: ChangeSource,
  options: DeliverOptions,
): Promise<ExitCode> {
  const delivery = await chooseHandler(cli, options);
  if (options.kv === "memory") {
    cli.output.warn(
      "Warning: with --kv memory, what was fetched and not handled is lost with the process",
    );
  }
  await using open = await openClient(cli, options);
  const { client } = open;
  const report = await run(cli, { client, source, delivery, options });
  if (delivery.broken.aborted) throw delivery.broken.reason;
  await tell(cli, report, options);
  return exitOf(cli, report);
}

/** The options of a run, as the library calls them. */
export function runOptions(
  cli: Cli,
  broken: AbortSignal,
  options: DeliverOptions,
): ProcessOptions {
  const { deadline, storeMessages } = options;
  const { ackWindow, batchSize, concurrency, maxRetries, onError } = options;
  const { outageThreshold } = options;
  const given = {
    ackWindow,
    batchSize,
    concurrency,
    deadlineMs: deadline,
    maxRetries,
    onError,
    outageThreshold,
    storeMessages,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const signal = AbortSignal.any([cli.host.signal, broken]);
  return { ...Object.fromEntries(set), signal };
}

/** Marks what a handler throws, so that it is known for what it is when a run rejects with it. */
export function marking(
  handle: ChangeHandler,
  { onError }: DeliverOptions,
): ChangeHandler {
  if (onError !== "halt") return handle;
  return async (change, context) => {
    try {
      await handle(change, context);
    } catch (error) {
      throw new HandlerFailed(error);
    }
  };
}

interface Running {
  readonly client: Client;
  readonly source: ChangeSource;
  readonly delivery: Delivery;
  readonly options: DeliverOptions;
}

async function run(
  cli: Cli,
  { client, source, delivery, options }: Running,
): Promise<PumpReport> {
  // Counting walks the whole backlog: only a bar wants to know.
  const before = cli.output.progress === "bar"
    ? (await client.health())[source].pending
    : 0;
  const progress = startProgress(cli.output, "delivered");
  const settings: ProcessOptions = {
    ...runOptions(cli, delivery.broken, options),
    onProgress({ delivered, deadLettered, drained }): void {
      const text = deadLettered > 0 ? `, ${deadLettered} given up` : "";
      progress.update(delivered, { total: before + drained, text });
    },
  };
  const handle = marking(delivery.handle, options);
  try {
    return source === "feed"
      ? await client.processChanges(handle, settings)
      : await client.processInbox(handle, settings);
  } finally {
    progress.stop();
  }
}

async function tell(
  { output }: Cli,
  report: PumpReport,
  { ndjson = false }: DeliverOptions,
): Promise<void> {
  // The standard output holds the changes then.
  if (output.isJson && ndjson) return output.warnJson(report);
  if (output.isJson) return await output.json(report);
  const { delivered, retried, deadLettered, pending, stopped } = report;
  output.note(
    `${delivered} delivered, ${retried} tried again, ${deadLettered} given up, ${pending} wait; ${
      WHY[stopped]
    }`,
  );
  if (deadLettered > 0) output.note("See: sluice dead-letters list");
}

const WHY: Readonly<Record<PumpReport["stopped"], string>> = {
  empty: "there is no more",
  deadline: "the time is over",
  aborted: "it was told to stop",
  outage: "too many failed in a row, so nothing was given up for it",
  busy: "another run is at work",
};

function exitOf(
  { host: { signal } }: Cli,
  { stopped, deadLettered, pending }: PumpReport,
): ExitCode {
  if (stopped === "aborted") return interruptedBy(signal);
  if (deadLettered > 0) return EXIT.left;
  if (stopped === "deadline") return EXIT.done;
  return stopped === "empty" && pending === 0 ? EXIT.done : EXIT.left;
}
