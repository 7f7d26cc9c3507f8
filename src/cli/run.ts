import { Command } from "commander";
import { assertNotEmpty, type Cli } from "./_command.ts";
import { reportError } from "./_failure/report.ts";
import { Output } from "./_terminal/output.ts";
import { printableLines } from "./_terminal/printable.ts";
import { connectionsCommand } from "./connections/command.ts";
import { connectorCommand } from "./connector/command.ts";
import { deadLettersCommand } from "./dead_letters/command.ts";
import { deliveriesCommand } from "./deliveries/command.ts";
import { doctorCommand } from "./doctor/command.ts";
import { drainCommand } from "./drain/command.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";
import type { CliHost } from "./host.ts";
import { inboxCommand } from "./inbox/command.ts";
import { integrationCommand } from "./integration/command.ts";
import { keysCommand } from "./keys/command.ts";
import { sandboxCommand } from "./sandbox/command.ts";
import { storeCommand } from "./store/command.ts";
import { subscriptionsCommand } from "./subscriptions/command.ts";

/**
 * Runs the `sluice` command.
 *
 * It never throws: what goes wrong is said on the standard error, with what to do about it, and in the exit code.
 *
 * @param args The arguments, such as `Deno.args`.
 * @param host The process around it.
 * @returns The exit code, once everything is written.
 *
 * @example Ask for help
 * ```ts
 * import { EXIT, runSluice } from "@sluice/edge/cli";
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 *
 * let text = "";
 * const code = await runSluice(["--help"], {
 *   env: {},
 *   outIsTerminal: false,
 *   errIsTerminal: false,
 *   columns: 80,
 *   out: (part) => Promise.resolve(void (text += part)),
 *   err: () => Promise.resolve(),
 *   readInput: () => Promise.resolve(""),
 *   signal: new AbortController().signal,
 * });
 * assertEquals(code, EXIT.done);
 * assertStringIncludes(text, "drain");
 * ```
 */
export async function runSluice(
  args: readonly string[],
  host: CliHost,
): Promise<ExitCode> {
  const output = new Output(host);
  let code: ExitCode = EXIT.done;
  const cli: Cli = { host, output, finish: (given) => void (code = given) };
  try {
    await createProgram(cli).parseAsync([...args], { from: "user" });
  } catch (error) {
    code = reportError(cli, error);
  }
  await output.flush();
  if (code !== EXIT.done || !output.failure) return code;
  // Help is written without anybody waiting for it.
  code = reportError(cli, output.failure);
  await output.flush();
  return code;
}

function createProgram(cli: Cli): Command {
  const program = new Command("sluice")
    .description(
      "Drains, receives, sends and looks after business events, and loses none.",
    )
    .version(VERSION, "--version", "print the version")
    .addHelpText("after", HELP);
  const commands = [
    doctorCommand,
    drainCommand,
    inboxCommand,
    deadLettersCommand,
    connectionsCommand,
    subscriptionsCommand,
    deliveriesCommand,
    storeCommand,
    keysCommand,
    sandboxCommand,
    integrationCommand,
    connectorCommand,
  ];
  for (const make of commands) program.addCommand(make(cli));
  program.hook("preAction", (_, action) => {
    cli.output.configure(action.opts());
    assertNotEmpty(action);
  });
  settle(program, cli);
  return program;
}

/** Lets every command speak through the output and end without ending the process. */
function settle(command: Command, cli: Cli): void {
  const { output } = cli;
  command.exitOverride().configureOutput({
    // Whether it can be written shows when it is flushed.
    writeOut: (text) => void output.data(text).catch(() => {}),
    writeErr: (text) => output.raw(printableLines(text)),
    getOutHelpWidth: () => output.columns,
    getErrHelpWidth: () => output.columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  }).showHelpAfterError("Add --help for help.");
  for (const each of command.commands) settle(each, cli);
}

/** The version of the package, as deno.json has it. */
const VERSION = "0.1.0";

const HELP = `
Examples:
  $ sluice sandbox                        a platform to try with, in memory
  $ sluice doctor --config allus.json     is everything in order?
  $ sluice drain --module ./handler.ts    deliver the changes
  $ sluice dead-letters list              what was given up, and why
  $ sluice deliveries run --kv postgres   send the webhooks that are due
${EXIT_HELP}`;
