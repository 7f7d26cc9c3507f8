import type { SpoolHealth } from "../../spool/mod.ts";
import type { ConfigOptions } from "../_client/config.ts";
import { openClient } from "../_client/open_client.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import { isoTime } from "../_terminal/iso_time.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** Counts what waits in the inbox and in the feed store. */
export async function status(
  cli: Cli,
  options: CommonOptions & ConfigOptions,
): Promise<ExitCode> {
  await using open = await openClient(cli, options, { create: false });
  const health = await open.client.health();
  if (cli.output.isJson) await cli.output.json(health);
  else {
    for (const [name, each] of Object.entries(health)) {
      await cli.output.line(`${name.padEnd(6)} ${healthLine(each)}`);
    }
  }
  return EXIT.done;
}

function healthLine(
  { pending, oldestAt, deadLetters, lastRun }: SpoolHealth,
): string {
  const since = oldestAt === null ? "" : ` since ${isoTime(oldestAt)}`;
  const last = lastRun
    ? `last run ${
      isoTime(lastRun.at)
    }: ${lastRun.delivered} delivered, ${lastRun.stopped}`
    : "no run yet";
  return `${pending} wait${since}, ${deadLetters} dead letters, ${last}`;
}
