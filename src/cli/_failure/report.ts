import { CommanderError } from "commander";
import { ConfigError, isSluiceError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { exitCodeOf, isStop } from "./exit_code.ts";
import { mendOf } from "./mend.ts";
import { ReaderGone } from "./write_failed.ts";

/** Tells what went wrong and gives the exit code for it. */
export function reportError(cli: Cli, thrown: unknown): ExitCode {
  const { host: { signal }, output } = cli;
  const errors = partsOf(thrown);
  const codes = errors.map((error) => exitCodeOf(error, signal));
  const [first = EXIT.input] = codes;
  for (const error of errors) {
    if (isSilent(error, signal)) continue;
    if (output.isJson) output.warnJson({ error: asJson(error) });
    else sayError(cli, error);
  }
  return first;
}

/** What an error says, without anything that could be a secret. */
export function messageOf(error: unknown): string {
  // A message that is not ours is shown all the same: it comes from the host, such as that of a missing file.
  return error instanceof Error ? error.message : "Cannot tell what went wrong";
}

// Closing may fail after the work has failed: both are to be told.
function partsOf(error: unknown): unknown[] {
  return error instanceof SuppressedError
    ? [...partsOf(error.suppressed), ...partsOf(error.error)]
    : [error];
}

function isSilent(error: unknown, signal: AbortSignal): boolean {
  // Commander has said it, nobody reads any more, or Ctrl-C was announced.
  return error instanceof CommanderError || error instanceof ReaderGone ||
    isStop(error, signal);
}

function sayError({ output }: Cli, error: unknown): void {
  const label = output.paint("Error:", "red", "err");
  const [first = "", ...more] = linesOf(error);
  output.warn(` ${first}`, label);
  for (const line of more) output.warn(`  ${line}`);
  const mend = mendOf(error);
  if (mend !== undefined) output.warn(`Mend: ${mend}`);
}

// The message of a configuration lists everything that is wrong; many problems are easier to read one by one.
function linesOf(error: unknown): string[] {
  const message = messageOf(error);
  if (!(error instanceof ConfigError) || error.problems.length < 2) {
    return [message];
  }
  const [head = message] = message.split(": ", 1);
  const list = error.problems.map(({ field, message }) =>
    `${field}: ${message}`
  );
  return [`${head}:`, ...list];
}

function asJson(error: unknown): Record<string, unknown> {
  const mend = mendOf(error);
  return {
    code: isSluiceError(error) ? error.code : "other",
    message: messageOf(error),
    ...error instanceof ConfigError && { problems: error.problems },
    ...mend !== undefined && { mend },
  };
}
