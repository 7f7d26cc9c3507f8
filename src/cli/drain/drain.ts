import type { Client } from "../../client.ts";
import type {
  ChangeHandler,
  ChangeSource,
  ProcessOptions,
  PumpReport,
} from "../../company_data/mod.ts";
import { openClient } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { interruptedBy } from "../_failure/exit_code.ts";
import { HandlerFailed } from "../_failure/handler_failed.ts";
import { startProgress } from "../_terminal/progress.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { chooseHandler, type ChosenHandler } from "./handler.ts";
import {
  type AttemptOptions,
  type DrainOptions,
  runOptions,
} from "./options.ts";

/** Delivers the changes of the feed or of the inbox, tells how far it got, and what became of them. */
export async function drain(
  cli: Cli,
  source: ChangeSource,
  options: DrainOptions,
): Promise<ExitCode> {
  const chosen = await chooseHandler(cli, options);
  if (options.kv === "memory") {
    cli.output.warn(
      "Warning: with --kv memory, what was fetched and not handled is lost with the process",
    );
  }
  await using open = await openClient(cli, options);
  const { client } = open;
  const report = await run(cli, { client, source, chosen, options });
  if (chosen.broken.aborted) throw chosen.broken.reason;
  await tell(cli, report, options);
  return exitOf(cli, report);
}

/** Marks what a handler throws, so that it is known for what it is when a run rejects with it. */
export function marking(
  handle: ChangeHandler,
  { onError }: AttemptOptions,
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
  readonly chosen: ChosenHandler;
  readonly options: DrainOptions;
}

async function run(
  cli: Cli,
  { client, source, chosen, options }: Running,
): Promise<PumpReport> {
  // Counting walks the whole backlog: only a bar wants to know.
  const before = cli.output.progress === "bar"
    ? (await client.health())[source].pending
    : 0;
  const progress = startProgress(cli.output, "delivered");
  const settings: ProcessOptions = {
    ...runOptions(cli, chosen.broken, options),
    onProgress({ delivered, deadLettered, drained }): void {
      const text = deadLettered > 0 ? `, ${deadLettered} given up` : "";
      progress.update(delivered, { total: before + drained, text });
    },
  };
  const handle = marking(chosen.handle, options);
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
  { ndjson = false }: DrainOptions,
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
