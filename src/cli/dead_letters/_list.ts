import { isObject, member } from "../../_internal/json.ts";
import type { DeadLetter } from "../../company_data/mod.ts";
import { openClient } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { SourceOptions } from "./_choice.ts";

/** Which are listed. */
export interface ListOptions extends SourceOptions {
  readonly limit: number;
  readonly after?: string;
}

/** Shows one line for each. */
export async function list(cli: Cli, options: ListOptions): Promise<ExitCode> {
  const { source, limit, after } = options;
  await using open = await openClient(cli, options, { create: false });
  const letters = await open.client.deadLetters({
    source,
    limit,
    ...after !== undefined && { after },
  });
  if (cli.output.isJson) await cli.output.json(letters.map(headOf));
  else for (const letter of letters) await cli.output.line(lineOf(letter));
  if (letters.length === 0) cli.output.note("There are no dead letters");
  if (letters.length === limit) {
    cli.output.note(`There may be more: --after ${letters.at(-1)?.id}`);
  }
  return EXIT.done;
}

type Head = Omit<DeadLetter, "event"> & { readonly event: string | null };

function headOf(letter: DeadLetter): Head {
  const { event } = letter;
  const name = isObject(event) ? member(event, "event") : undefined;
  return { ...letter, event: typeof name === "string" ? name : null };
}

function lineOf(letter: DeadLetter): string {
  const { id, event, error, attempts, at, superseded } = headOf(letter);
  const why = [error.name, error.code, error.message].filter(Boolean).join(" ");
  const overtaken = superseded ? "  (overtaken)" : "";
  return `${id}  ${at.toISOString()}  ${
    event ?? "?"
  }  ${attempts} attempts  ${why}${overtaken}`;
}
