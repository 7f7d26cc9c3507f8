import type { Command } from "commander";
import { withConfig } from "../_client/config.ts";
import { acting, type Cli, newCommand } from "../_command.ts";
import { withSealing } from "../_sender/open_sender.ts";
import type { Colour } from "../_terminal/output.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "../exit.ts";
import { examine, type ExamineOptions } from "./_examine.ts";
import type { Finding } from "./_finding.ts";

/** `sluice doctor`: says what is in order, and how to mend what is not. */
export function doctorCommand(cli: Cli): Command {
  const command = newCommand(
    "doctor",
    "check configuration, keys, token, catalog, clock, store and deliveries, and say how to mend what is wrong",
  );
  return withSealing(withConfig(command))
    .addHelpText("after", HELP)
    .action(acting(cli, (options: ExamineOptions) => doctor(cli, options)));
}

async function doctor(cli: Cli, options: ExamineOptions): Promise<ExitCode> {
  const findings = await examine(cli, options);
  const bad = findings.find(({ verdict }) => verdict === "fail");
  if (cli.output.isJson) {
    const checks = findings.map(({ code: _, ...check }) => check);
    await cli.output.json({ ok: bad === undefined, checks });
  } else {
    for (const finding of findings) await say(cli, finding);
  }
  return bad?.code ?? EXIT.done;
}

const COLOURS: Readonly<Record<Finding["verdict"], Colour>> = {
  ok: "green",
  warn: "yellow",
  fail: "red",
  skip: "dim",
};

async function say({ output }: Cli, finding: Finding): Promise<void> {
  const { verdict, check, detail, mend } = finding;
  const mark = output.paint(verdict.padEnd(4), COLOURS[verdict]);
  await output.line(`  ${check.padEnd(9)}${detail}`, mark);
  if (mend !== undefined) await output.line(`      mend:    ${mend}`);
}

const HELP = `
It takes a token and reads the catalog, and writes and deletes one entry of the
store. No change is fetched, and nothing is sent. Webhooks to others are looked at
where a sealing key is given; without a configuration nothing but them and --kv.

Examples:
  $ sluice doctor
  $ sluice doctor --config allus.json --kv deno:./changes.db --json
  $ sluice doctor --kv postgres --sealing-key-file sealing.key
${EXIT_HELP}`;
