import { scaffold } from "../../connector/scaffold.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** What is written. */
export interface ScaffoldOptions extends CommonOptions {
  readonly force?: boolean;
  readonly testsOnly?: boolean;
}

/** Writes a new project. */
export async function writeProject(
  { output }: Cli,
  { name, directory }: { name: string; directory: string },
  { force = false, testsOnly = false }: ScaffoldOptions,
): Promise<ExitCode> {
  const files = await scaffold(name, directory, { force, testsOnly });
  if (output.isJson) await output.json({ directory, files });
  else {
    for (const file of files) await output.data(`${directory}/${file}\n`);
    output.note(`Try: cd ${directory} && deno task test`);
  }
  return EXIT.done;
}
