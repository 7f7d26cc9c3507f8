import type { Command } from "commander";
import { scaffold } from "../connector/scaffold.ts";
import { type CommandHost, runConnector } from "../hono/run_connector.ts";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
  wholeNumber,
} from "./_cli.ts";
import { loadConnector } from "./_load_module.ts";
import { printableJson } from "./_printable.ts";
import { MOST_JSON_BYTES, readInputText, readText } from "./_read_text.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

interface ScaffoldOptions extends CommonOptions {
  readonly force?: boolean;
  readonly testsOnly?: boolean;
}

interface CallOptions {
  readonly json?: string;
  readonly jsonFile?: string;
  readonly failOnError?: boolean;
}

interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly hostname: string;
}

const MODULE = "exports the connector as default or as connector";

/** `sluice connector`: makes a connector, and runs one. */
export function connectorCommand(cli: Cli): Command {
  return newGroup("connector", "make a connector, ask it, serve it")
    .addCommand(scaffoldCommand(cli))
    .addCommand(infoCommand(cli))
    .addCommand(callCommand(cli))
    .addCommand(serveCommand(cli));
}

function scaffoldCommand(cli: Cli): Command {
  return newCommand("scaffold", "write a new project that runs, with tests")
    .argument("<name>", "such as my-app")
    .argument("[directory]", "where (default: a folder of that name)")
    .option("--force", "overwrite files that are there")
    .option("--tests-only", "write the tests alone")
    .addHelpText("after", "\nExample:\n  $ sluice connector scaffold my-app")
    .action(
      acting(cli, (
        name: string,
        directory: string | undefined,
        options: ScaffoldOptions,
      ) => write(cli, { name, directory: directory ?? name }, options)),
    );
}

function infoCommand(cli: Cli): Command {
  return newCommand("info", "print what it is and can do, as JSON")
    .argument("<module>", MODULE)
    .action(
      acting(
        cli,
        (module: string, _: CommonOptions) => runModule(cli, module, ["info"]),
      ),
    );
}

function callCommand(cli: Cli): Command {
  return newGroup("call", "call a capability; prints the answer")
    .argument("<module>", MODULE)
    .argument("<capability>", "such as list_accounts")
    .option("--json <request>", "the request; the process list shows it")
    .option(
      "--json-file <file>",
      "the request from a file, - for the standard input",
    )
    .option("--fail-on-error", "end with 1 for an error envelope")
    .addHelpText("after", CALL_HELP)
    .action(
      acting(
        cli,
        (module: string, capability: string, options: CallOptions) =>
          runModule(cli, module, callArgs(capability, options)),
      ),
    );
}

function serveCommand(cli: Cli): Command {
  return newCommand("serve", "serve it over HTTP until Ctrl-C")
    .argument("<module>", MODULE)
    .option(
      "--port <n>",
      "TCP port; 0 takes a free one",
      wholeNumber(0, 65535),
      8000,
    )
    .option("--hostname <address>", "address of the interface", "127.0.0.1")
    .addHelpText(
      "after",
      "\nThere is no authentication: put it in front.\n\nExample:\n  $ sluice connector serve ./mod.ts --port 8000",
    )
    .action(
      acting(
        cli,
        (module: string, { port, hostname }: ServeOptions) =>
          runModule(cli, module, [
            "serve",
            `--port=${port}`,
            `--hostname=${hostname}`,
          ]),
      ),
    );
}

async function write(
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

function callArgs(
  capability: string,
  { json, jsonFile, failOnError = false }: CallOptions,
): string[] {
  return [
    capability,
    ...json === undefined ? [] : [`--json=${json}`],
    ...jsonFile === undefined ? [] : [`--json-file=${jsonFile}`],
    ...failOnError ? ["--fail-on-error"] : [],
  ];
}

async function runModule(
  cli: Cli,
  module: string,
  args: readonly string[],
): Promise<ExitCode> {
  const connector = await loadConnector(module);
  const host = commandHost(cli);
  const { signal } = cli.host;
  const code = await runConnector(connector, args, { host, signal });
  return code === 0 ? EXIT.done : EXIT.input;
}

function commandHost({ host, output }: Cli): CommandHost {
  return {
    out: (text) => output.data(printableJson(text)),
    err: (text) => Promise.resolve(output.raw(text)),
    read: (path) => readRequest(host, path),
    exitWith: () => {},
  };
}

async function readRequest(host: Cli["host"], path: string): Promise<string> {
  const [what, mostBytes] = ["the request", MOST_JSON_BYTES];
  return path === "-"
    ? await readInputText(host, { what, mostBytes })
    : await readText(path, what, { mostBytes });
}

const CALL_HELP = `
The request is {"auth": …, "request": …}. The exit code is 0 for an error
envelope too, unless --fail-on-error is given.

Example:
  $ sluice connector call ./mod.ts list_accounts --json-file request.json
${EXIT_HELP}`;
