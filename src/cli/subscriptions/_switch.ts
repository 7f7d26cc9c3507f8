import type { Cli } from "../_command.ts";
import {
  assertSubscription,
  openSender,
  type SenderOptions,
} from "../_sender/open_sender.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** How a subscription is deactivated. */
export interface DeactivateOptions extends SenderOptions {
  readonly hold?: boolean;
  readonly message?: string;
}

/** Deletes a subscription. */
export async function remove(
  cli: Cli,
  id: string,
  options: SenderOptions,
): Promise<ExitCode> {
  await using open = await openSender(cli, options, { key: false });
  await assertSubscription(open.sender, id);
  const removed = await open.sender.remove(id);
  return await tellChange(cli, { id, removed }, "Removed");
}

/** Lets a subscription receive. */
export async function activate(
  cli: Cli,
  id: string,
  options: SenderOptions,
): Promise<ExitCode> {
  await using open = await openSender(cli, options, { key: false });
  await assertSubscription(open.sender, id);
  const changed = await open.sender.activate(id);
  const words = changed ? "Activated" : "It was active already";
  return await tellChange(cli, { id, changed }, words);
}

/** Keeps a subscription from receiving. */
export async function deactivate(
  cli: Cli,
  id: string,
  { hold = false, message, ...options }: DeactivateOptions,
): Promise<ExitCode> {
  await using open = await openSender(cli, options, { key: false });
  await assertSubscription(open.sender, id);
  const changed = await open.sender.deactivate(id, {
    hold,
    ...message !== undefined && { message },
  });
  const words = changed ? "Deactivated" : "It was inactive already";
  return await tellChange(cli, { id, changed }, words);
}

async function tellChange(
  { output }: Cli,
  result: Readonly<Record<string, unknown>>,
  words: string,
): Promise<ExitCode> {
  if (output.isJson) await output.json(result);
  else output.note(words);
  return EXIT.done;
}
