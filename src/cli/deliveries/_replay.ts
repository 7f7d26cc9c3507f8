import type { ReplayRequest } from "../../delivery/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import {
  assertSubscription,
  openSender,
  type SenderOptions,
} from "../_sender/open_sender.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** What is sent once more. */
export interface ReplayOptions extends SenderOptions {
  readonly event?: string;
  readonly failed?: boolean;
  readonly since?: string;
  readonly until?: string;
}

/** Asks for deliveries once more; the next run makes them. */
export async function replay(
  cli: Cli,
  subscription: string,
  options: ReplayOptions,
): Promise<ExitCode> {
  const request = requestOf(options);
  await using open = await openSender(cli, options, { key: false });
  await assertSubscription(open.sender, subscription);
  await open.sender.replay(subscription, request);
  if (cli.output.isJson) await cli.output.json({ subscription, ...request });
  else cli.output.note("Asked for; the next run sends: sluice deliveries run");
  return EXIT.done;
}

function requestOf(
  { event, failed = false, since, until }: ReplayOptions,
): ReplayRequest {
  const given = [event !== undefined, failed, since !== undefined];
  if (given.filter(Boolean).length !== 1) {
    throw new ConfigError(
      "Cannot replay: wanted exactly one of --event, --failed and --since",
    );
  }
  if (until !== undefined && since === undefined) {
    throw new ConfigError("Cannot use --until: wanted with --since only");
  }
  if (event !== undefined) return { event };
  if (since === undefined) return { status: "failed" };
  return {
    since: timeOf(since, "--since"),
    ...until !== undefined && { until: timeOf(until, "--until") },
  };
}

// Without a zone, a time would be that of whichever machine this is.
const TIME =
  /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

function timeOf(text: string, option: string): number {
  const ms = TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isSafeInteger(ms)) return ms;
  throw new ConfigError(
    `Cannot use ${option}: wanted a date, or a time with its zone, such as 2026-01-31T09:00:00Z`,
  );
}
