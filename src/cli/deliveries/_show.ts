import type { Delivery } from "../../delivery/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import {
  assertSubscription,
  openSender,
  type SenderOptions,
} from "../_sender/open_sender.ts";
import { isUnopened, opening } from "../_sender/prove_key.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** Shows all of the deliveries of an event to a subscription. */
export async function show(
  cli: Cli,
  { subscription, event }: { subscription: string; event: string },
  options: SenderOptions,
): Promise<ExitCode> {
  await using open = await openSender(cli, options, { key: true });
  await assertSubscription(open.sender, subscription);
  const found = await opening(async () => {
    const all: Delivery[] = [];
    for await (const each of open.sender.deliveries(subscription)) {
      if (each.event === event) all.push(each);
    }
    return all;
  });
  if (found.length === 0) {
    throw new ConfigError(
      "Cannot find the delivery: wanted an event that deliveries list shows for this subscription",
    );
  }
  await cli.output.json(found);
  if (found.some(isUnopened)) {
    cli.output.warn(
      "Warning: attempts are missing, as they were sealed with another key, or are damaged",
    );
  }
  return EXIT.done;
}
