import type { Cli } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { loadIntegration } from "./_load_integration.ts";

/** Prints what is wrong with an integration. */
export async function checkIntegration(
  cli: Cli,
  module: string,
): Promise<ExitCode> {
  const problems = (await loadIntegration(module)).check();
  if (cli.output.isJson) await cli.output.json(problems);
  for (const { severity, pointer, message } of problems) {
    if (cli.output.isJson) break;
    await cli.output.line(
      `${severity.padEnd(8)}${pointer || "/"}: ${message}`,
    );
  }
  if (problems.length === 0) cli.output.note("All is well");
  const isBad = problems.some(({ severity }) => severity === "error");
  return isBad ? EXIT.input : EXIT.done;
}
