import type { Subscription } from "../../delivery/mod.ts";
import type { Cli } from "../_command.ts";
import { openSender, type SenderOptions } from "../_sender/open_sender.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { shownTarget } from "./_shown_target.ts";

/** Which subscriptions are listed. */
export interface ListOptions extends SenderOptions {
  readonly owner?: string;
  readonly scope?: string;
  readonly limit: number;
  readonly after?: string;
}

/** Shows subscriptions, active or not. */
export async function list(
  cli: Cli,
  { owner, scope, limit, after, ...options }: ListOptions,
): Promise<ExitCode> {
  await using open = await openSender(cli, options, { key: false });
  const found: Subscription[] = [];
  for await (
    const each of open.sender.subscriptions({
      limit,
      ...owner !== undefined && { owner },
      ...scope !== undefined && { scope },
      ...after !== undefined && { after },
    })
  ) found.push({ ...each, to: shownTarget(each) });
  if (cli.output.isJson) await cli.output.json(found);
  else for (const each of found) await cli.output.line(lineOf(each));
  if (found.length === 0) cli.output.note("There are no subscriptions");
  if (found.length === limit) {
    cli.output.note(`There may be more: --after ${found.at(-1)?.id}`);
  }
  return EXIT.done;
}

function lineOf(subscription: Subscription): string {
  const { id, for: noun, when, scope, to, owner } = subscription;
  const { active, holds, statusMessage } = subscription;
  const state = active ? "active" : holds ? "holds " : "off   ";
  const whose = owner === null ? "" : `  of ${owner}`;
  const why = active ? "" : `  (${statusMessage})`;
  return `${id}  ${state}  ${noun}.${when}  ${scope}  ${to}${whose}${why}`;
}
