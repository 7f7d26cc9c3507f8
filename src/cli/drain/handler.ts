import type { Command } from "commander";
import type { ChangeHandler } from "../../company_data/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import { loadExport } from "../_files/load_export.ts";
import { printableJson } from "../_terminal/printable.ts";
import { execHandler } from "./_exec.ts";
import { changeRecord } from "./change_record.ts";

/** Who handles the changes. */
export interface HandlerOptions {
  readonly module?: string;
  readonly ndjson?: boolean;
  readonly exec?: string;
}

/** A handler that can say that nothing more can be delivered at all. */
export interface ChosenHandler {
  readonly handle: ChangeHandler;
  /** Aborts when the standard output cannot be written any more. */
  readonly broken: AbortSignal;
}

/** Adds the options that say who handles the changes. */
export function withHandler(command: Command): Command {
  return command
    .option(
      "--module <file>",
      "call the function that this module exports as default or as handler",
    )
    .option("--ndjson", "write each change to the standard output as one line")
    .option(
      "--exec <command>",
      "start this command for each change, which is the line on its standard input; exit code 0 means done",
    );
}

/**
 * Makes the handler that was asked for.
 *
 * @throws {ConfigError} When there is not exactly one, or its module cannot be used.
 */
export async function chooseHandler(
  cli: Cli,
  { module, ndjson = false, exec }: HandlerOptions,
): Promise<ChosenHandler> {
  const given = [module !== undefined, ndjson, exec !== undefined];
  if (given.filter(Boolean).length !== 1) {
    throw new ConfigError(
      "Cannot deliver: wanted exactly one of --module, --ndjson and --exec",
    );
  }
  if (ndjson) return ndjsonHandler(cli);
  const { signal: broken } = new AbortController();
  if (module !== undefined) {
    return { handle: await loadHandler(module), broken };
  }
  return { handle: execHandler(exec ?? "", cli), broken };
}

// A change is done once the system has its whole line; when it cannot be written, the run is to stop with the change
// where it is, since the next one cannot be written either.
function ndjsonHandler({ output }: Cli): ChosenHandler {
  const broken = new AbortController();
  return {
    broken: broken.signal,
    async handle(change, context): Promise<void> {
      const line = `${
        printableJson(JSON.stringify(changeRecord(change, context)))
      }\n`;
      try {
        await output.data(line);
      } catch (error) {
        broken.abort(error);
        throw error;
      }
    },
  };
}

async function loadHandler(path: string): Promise<ChangeHandler> {
  const wanted = "a function as its default export or as `handler`";
  return await loadExport(path, {
    names: ["default", "handler"],
    wanted,
    is: (value): value is ChangeHandler => typeof value === "function",
  });
}
