import { Command, InvalidArgumentError } from "commander";
import { assertInteger } from "../_internal/assert.ts";
import type { Output } from "./_output.ts";
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
