import type { ConfigOptions } from "../_client/config.ts";
import { openClient } from "../_client/open_client.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** Whose backlog is moved, and in which pages. */
export interface BacklogOptions extends CommonOptions, ConfigOptions {
  readonly batchSize?: number;
}

/** Moves what the platform holds back for a webhook into the inbox. */
export async function backlog(
  cli: Cli,
  webhookId: string,
  { batchSize, ...options }: BacklogOptions,
): Promise<ExitCode> {
  const { signal } = cli.host;
  await using open = await openClient(cli, options);
  const report = await open.client.drainWebhookBacklog(webhookId, {
    signal,
    ...batchSize !== undefined && { batchSize },
  });
  if (cli.output.isJson) await cli.output.json(report);
  else {
    cli.output.note(`${report.rows} events kept, from ${report.pages} pages`);
    if (report.rows > 0) cli.output.note("Deliver them: sluice inbox drain");
  }
  return EXIT.done;
}
