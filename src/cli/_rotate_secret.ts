import type { Cli } from "./_cli.ts";
import { readText } from "./_read_text.ts";
import {
  assertSubscription,
  opening,
  openSender,
  type SenderOptions,
} from "./_sender.ts";
import { showSecret } from "./_shown_secret.ts";
import { EXIT, type ExitCode } from "./exit.ts";

/** How a secret is rotated. */
export interface RotateOptions extends SenderOptions {
  readonly overlap: number;
  readonly secretFile?: string;
}

/** Gives a subscription a new secret, and shows it. */
export async function rotate(
  cli: Cli,
  id: string,
  options: RotateOptions,
): Promise<ExitCode> {
  const { overlap, secretFile } = options;
  const secret = secretFile === undefined
    ? undefined
    : (await readText(secretFile, "the secret")).trim();
  await using open = await openSender(cli, options, { key: true });
  const { sender } = open;
  await assertSubscription(sender, id);
  const shown = await opening(() =>
    sender.rotateSecret(id, {
      overlapMs: overlap,
      ...secret !== undefined && { secret },
    })
  );
  await showSecret(cli, id, shown);
  return EXIT.done;
}
