import type {
  Explanation,
  JsonValue,
  OutboundEvent,
} from "../../delivery/mod.ts";
import type { Cli } from "../_command.ts";
import { readJson } from "../_files/read_json.ts";
import { openSender, type SenderOptions } from "../_sender/open_sender.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { shownTarget } from "./_shown_target.ts";

/** Which event is asked about, and of whom. */
export interface ExplainOptions extends SenderOptions {
  readonly data?: string;
  readonly scope?: string;
  readonly actor?: string;
  readonly entity?: string;
  readonly owner?: string;
}

/** Says of each subscription whether it would get an event, and why. */
export async function explain(
  cli: Cli,
  name: string,
  options: ExplainOptions,
): Promise<ExitCode> {
  const { owner, module } = options;
  const event = await eventOf(cli, name, options);
  await using open = await openSender(cli, options, { key: false });
  const found: Explanation[] = [];
  const which = owner === undefined ? {} : { owner };
  for await (const each of open.sender.explain(event, which)) found.push(each);
  if (cli.output.isJson) await cli.output.json(found.map(verdictOf));
  else for (const each of found) await say(cli, each);
  if (found.length === 0) cli.output.note("There are no subscriptions");
  const isAsked = found.some(({ subscription: { permission } }) =>
    permission !== null
  );
  if (isAsked && module === undefined) {
    cli.output.warn("Warning: without --module, no permission was asked for");
  }
  return EXIT.done;
}

async function eventOf(
  cli: Cli,
  name: string,
  { data, scope, actor, entity }: ExplainOptions,
): Promise<OutboundEvent> {
  const read = data === undefined
    ? {}
    : await readJson(cli, data, { what: "the data of --data" });
  return {
    name,
    data: read as JsonValue, // it was JSON
    ...scope !== undefined && { scope },
    ...actor !== undefined && { actor },
    ...entity !== undefined && { entity },
  };
}

interface Shown extends Omit<Explanation, "subscription"> {
  readonly subscription: string;
  readonly to: string;
}

function verdictOf(
  { subscription, receives, reasons }: Explanation,
): Shown {
  const to = shownTarget(subscription);
  return { subscription: subscription.id, to, receives, reasons };
}

async function say({ output }: Cli, explanation: Explanation): Promise<void> {
  const { subscription, to, receives, reasons } = verdictOf(explanation);
  await output.line(`${receives ? "yes" : "no "}  ${subscription}  ${to}`);
  for (const reason of reasons) await output.line(`     ${reason}`);
}
