import { Command } from "commander";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
  wholeNumber,
} from "../_command.ts";
import { EXIT_HELP } from "../exit.ts";
import { call, type CallOptions } from "./_call.ts";
import { info } from "./_info.ts";
import { type ScaffoldOptions, writeProject } from "./_scaffold.ts";
import { serve, type ServeOptions } from "./_serve.ts";

const MODULE = "exports the connector as default, connector or integration";

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
    .addHelpText(
      "after",
      "\nExamples:\n  $ sluice connector scaffold my-app\n  $ sluice connector info my-app/integration.ts",
    )
    .action(
      acting(cli, (
        name: string,
        directory: string | undefined,
        options: ScaffoldOptions,
      ) => writeProject(cli, { name, directory: directory ?? name }, options)),
    );
}

function infoCommand(cli: Cli): Command {
  return newCommand("info", "print what it is and can do, as JSON")
    .argument("<module>", MODULE)
    .action(
      acting(
        cli,
        (module: string, _: CommonOptions) => info(cli, module),
      ),
    );
}

function callCommand(cli: Cli): Command {
  return new Command("call")
    .description("call a capability; prints the answer")
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
          call(cli, { module, capability }, options),
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
      "\nThere is no authentication: put it in front.\n\nExample:\n  $ sluice connector serve ./integration.ts --port 8000",
    )
    .action(
      acting(
        cli,
        (module: string, options: ServeOptions) => serve(cli, module, options),
      ),
    );
}

const CALL_HELP = `
The request is {"auth": …, "request": …}. The exit code is 0 for an error
envelope too, unless --fail-on-error is given.

Example:
  $ sluice connector call ./integration.ts list_accounts --json-file request.json
${EXIT_HELP}`;
