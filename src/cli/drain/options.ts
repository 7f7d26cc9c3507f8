import { type Command, Option } from "commander";
import type { ProcessOptions } from "../../company_data/mod.ts";
import type { ConfigOptions } from "../_client/config.ts";
import {
  type Cli,
  type CommonOptions,
  seconds,
  wholeNumber,
} from "../_command.ts";
import type { HandlerOptions } from "./handler.ts";

/** How often and how long a change is tried. */
export interface AttemptOptions
  extends CommonOptions, ConfigOptions, HandlerOptions {
  readonly deadline?: number;
  readonly maxRetries?: number;
  readonly onError?: "deadletter" | "halt";
  readonly outageThreshold?: number;
  readonly storeMessages?: boolean;
}

/** How changes are delivered. */
export interface DrainOptions extends AttemptOptions {
  readonly ackWindow?: number;
  readonly batchSize?: number;
  readonly concurrency?: number;
}

/** Adds the options that say how often and how long a change is tried. */
export function withAttempts(command: Command): Command {
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
      "--store-messages",
      "keep the messages of errors in dead letters; they may hold personal data",
    );
}

/** Adds the options that say how changes are delivered. */
export function withDrain(command: Command): Command {
  return withAttempts(command)
    .option(
      "--concurrency <n>",
      "changes in hand at once; those of one person stay in order",
      wholeNumber(1),
    )
    .option(
      "--ack-window <n>",
      "acknowledgements that share a commit",
      wholeNumber(1, 400),
    );
}

/** The options of a run, as the library calls them. */
export function runOptions(
  cli: Cli,
  broken: AbortSignal,
  options: DrainOptions,
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
