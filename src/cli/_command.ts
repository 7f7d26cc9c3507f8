import { Command, InvalidArgumentError } from "commander";
import { assertInteger } from "../_internal/assert.ts";
import { ConfigError } from "../errors.ts";
import type { Output } from "./_terminal/output.ts";
import type { ExitCode } from "./exit.ts";
import type { CliHost } from "./host.ts";

/** What every command works with. */
export interface Cli {
  readonly host: CliHost;
  readonly output: Output;
  /** Takes the exit code of the command that ran. */
  finish(code: ExitCode): void;
}

/** What every command understands. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Begins a command, with what every command understands. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--json", "give the result as JSON")
    .option("--quiet", "say nothing but errors and warnings");
}

/** Begins a command that only holds others. */
export function newGroup(name: string, description: string): Command {
  return new Command(name).description(description);
}

/**
 * Refuses options and arguments that are empty, as a variable leaves them that is not set: a command that is empty would
 * take every change for handled.
 *
 * @throws {ConfigError} When one is.
 */
export function assertNotEmpty(command: Command): void {
  const options = command.options.map((option) =>
    [
      option.long ?? option.flags,
      command.getOptionValue(option.attributeName()),
    ] as const
  );
  const given = command.registeredArguments.map((argument, i) =>
    [`<${argument.name()}>`, command.args[i]] as const
  );
  for (const [name, value] of [...options, ...given]) {
    if (typeof value !== "string" || value.trim() !== "") continue;
    throw new ConfigError(
      `Cannot use ${name}: it is empty, wanted a value or to leave it out`,
    );
  }
}

/** Lets a command end with the exit code that its work resolves to. */
export function acting<A extends unknown[]>(
  cli: Cli,
  work: (...args: A) => Promise<ExitCode>,
): (...args: A) => Promise<void> {
  return async (...args) => cli.finish(await work(...args));
}

/** Reads an option that is a whole number. */
export function wholeNumber(
  min: number,
  max?: number,
): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    try {
      const bounds = max === undefined ? { min } : { min, max };
      assertInteger(value, "it", bounds);
    } catch {
      const upTo = max === undefined ? "up" : `to ${max}`;
      throw new InvalidArgumentError(
        `Wanted a whole number from ${min} ${upTo}`,
      );
    }
    return value;
  };
}

/** Reads an option that is a span of time in seconds, and gives milliseconds. */
export function seconds(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= 0) return Math.round(value * 1000);
  throw new InvalidArgumentError("Wanted a number of seconds");
}
