import type {
  Delivery,
  DeliveryStatus,
  WebhookSender,
} from "../../delivery/mod.ts";
import type { Cli } from "../_command.ts";
import { interruptedBy } from "../_failure/exit_code.ts";
import {
  assertSubscription,
  openSender,
  type SenderOptions,
} from "../_sender/open_sender.ts";
import { opening } from "../_sender/prove_key.ts";
import { isoTime } from "../_terminal/iso_time.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** Which deliveries are listed. */
export interface ListOptions extends SenderOptions {
  readonly status?: DeliveryStatus;
  readonly limit: number;
}

/** Shows deliveries to one subscription, or to all. */
export async function list(
  cli: Cli,
  subscription: string | undefined,
  options: ListOptions,
): Promise<ExitCode> {
  await using open = await openSender(cli, options, { key: true });
  if (subscription !== undefined) {
    await assertSubscription(open.sender, subscription);
  }
  // One more tells whether there are more.
  const { limit } = options;
  const found = await opening(() =>
    collect(cli, deliveriesOf(open.sender, subscription, options), limit + 1)
  );
  const shown = found.slice(0, limit);
  if (cli.output.isJson) await cli.output.json(shown.map(headOf));
  else for (const each of shown) await cli.output.line(lineOf(each));
  if (found.length === 0) cli.output.note("There are no deliveries");
  if (found.length > limit) cli.output.note("There are more: --limit");
  const { signal } = cli.host;
  return signal.aborted ? interruptedBy(signal) : EXIT.done;
}

async function* deliveriesOf(
  sender: WebhookSender,
  subscription: string | undefined,
  { status }: ListOptions,
): AsyncGenerator<Delivery> {
  const only = status === undefined
    ? {}
    : { only: status === "pending" ? "pending" as const : "ended" as const };
  const ids = subscription === undefined ? idsOf(sender) : [subscription];
  for await (const id of ids) {
    for await (const delivery of sender.deliveries(id, only)) {
      if ((status ?? delivery.status) === delivery.status) yield delivery;
    }
  }
}

async function* idsOf(sender: WebhookSender): AsyncGenerator<string> {
  for await (const { id } of sender.subscriptions()) yield id;
}

async function collect(
  { host: { signal } }: Cli,
  deliveries: AsyncIterable<Delivery>,
  most: number,
): Promise<Delivery[]> {
  const found: Delivery[] = [];
  for await (const delivery of deliveries) {
    found.push(delivery);
    if (found.length === most || signal.aborted) break;
  }
  return found;
}

type Head = Omit<Delivery, "lastAttempts">;

function headOf({ lastAttempts: _, ...head }: Delivery): Head {
  return head;
}

function lineOf(delivery: Delivery): string {
  const { subscription, event, name, emittedAt, attempts } = delivery;
  const { status, message, dueAt } = delivery;
  const next = dueAt === null ? "" : `  next ${isoTime(dueAt)}`;
  const why = message === "" ? "" : `  ${message}`;
  const what = `${name}  ${status}  ${attempts} attempts${next}${why}`;
  return `${subscription}  ${event}  ${isoTime(emittedAt)}  ${what}`;
}
