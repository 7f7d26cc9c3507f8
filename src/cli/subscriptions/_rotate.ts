import type { Cli } from "../_command.ts";
import { readFileText } from "../_files/read_text.ts";
import {
  assertSubscription,
  openSender,
  type SenderOptions,
} from "../_sender/open_sender.ts";
import { opening } from "../_sender/prove_key.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { showSecret } from "./_shown_secret.ts";

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
    : (await readFileText(secretFile, {
      what: "--secret-file",
      hidesPath: true,
    })).trim();
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
