import type { Command } from "commander";
import { acting, type Cli, type CommonOptions, newCommand } from "./_cli.ts";
import { type ConfigOptions, withConfig } from "./_config.ts";
import { examine, type Finding } from "./_doctor_checks.ts";
import type { Colour } from "./_output.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

type DoctorOptions = CommonOptions & ConfigOptions;

/** `sluice doctor`: says what is in order, and how to mend what is not. */
export function doctorCommand(cli: Cli): Command {
  return withConfig(
    newCommand(
      "doctor",
      "check configuration, keys, token, catalog, clock and store, and say how to mend what is wrong",
    ),
  )
    .addHelpText("after", HELP)
    .action(acting(cli, (options: DoctorOptions) => doctor(cli, options)));
}

async function doctor(cli: Cli, options: DoctorOptions): Promise<ExitCode> {
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
  await output.data(`${mark}  ${check.padEnd(9)}${detail}\n`);
  if (mend !== undefined) await output.data(`      mend:    ${mend}\n`);
}

const HELP = `
It takes a token and reads the catalog, and writes and deletes one entry of the
store. No change is fetched.

Examples:
  $ sluice doctor
  $ sluice doctor --config allus.json --kv deno:./changes.db --json
${EXIT_HELP}`;
