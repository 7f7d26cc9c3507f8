import { type Command, Option } from "commander";
import {
  acting,
  type Cli,
  newCommand,
  seconds,
  wholeNumber,
} from "../_command.ts";
import { EXIT_HELP } from "../exit.ts";
import { type SandboxOptions, serveSandbox } from "./_serve.ts";

/** `sluice sandbox`: a platform on this machine to try with. */
export function sandboxCommand(cli: Cli): Command {
  return newCommand(
    "sandbox",
    "serve a platform in memory, with people and changes to try with, until Ctrl-C",
  )
    .option(
      "--port <n>",
      "TCP port; 0 takes a free one",
      wholeNumber(0, 65535),
      0,
    )
    .option("--out <file>", "configuration to write", "allus.json")
    .option("--people <n>", "connected people", wholeNumber(1, 10_000), 3)
    .option("--changes <n>", "changes in the feed", wholeNumber(0, 100_000), 10)
    .option("--webhook <url>", "post further changes to this address")
    .addOption(
      new Option("--every <seconds>", "how often a further change happens")
        .argParser(seconds).default(5_000, "5"),
    )
    .addHelpText("after", HELP)
    .action(
      acting(cli, (options: SandboxOptions) => serveSandbox(cli, options)),
    );
}

const HELP = `
Everything is as on the platform (tokens, encryption, deletion of what was
handed out), and nothing outlives the process. The configuration is written to
--out, where drain, doctor and export find it, and removed at the end.

Examples:
  $ sluice sandbox
  $ sluice sandbox --webhook http://127.0.0.1:8000/webhook --every 1
${EXIT_HELP}`;
