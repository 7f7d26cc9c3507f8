import type { Cli } from "../_command.ts";
import { readText } from "../_files/read_text.ts";
import { printableLines } from "../_terminal/printable.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type KeyReport, reportOn } from "./_key_report.ts";
import { passphraseOf, type PassphraseOptions } from "./_passphrase.ts";

/** Says what a key is, and which runtimes open it. */
export async function inspect(
  cli: Cli,
  file: string,
  options: PassphraseOptions,
): Promise<ExitCode> {
  const pem = await readText(cli, file, { what: "the key" });
  const passphrase = await passphraseOf(cli, options);
  const report = await reportOn(pem, { passphrase, file });
  if (cli.output.isJson) await cli.output.json(report);
  else await cli.output.data(printableLines(describe(report)));
  return report.opens.every(({ verdict }) => verdict !== "no")
    ? EXIT.done
    : EXIT.input;
}

function describe({ kind, protection, bits, opens, mend }: KeyReport): string {
  const lines = [
    `kind         ${kind}`,
    `protection   ${protection}`,
    ...bits === null ? [] : [`size         ${bits} bits`],
    ...opens.map(({ runtime, verdict, reason }) =>
      `${runtime.padEnd(13)}${verdict}${reason === null ? "" : `: ${reason}`}`
    ),
    ...mend === null ? [] : [`mend         ${mend}`],
  ];
  return `${lines.join("\n")}\n`;
}
