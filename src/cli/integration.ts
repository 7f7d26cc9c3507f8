import type { Command } from "commander";
import { isObject, type JsonObject, parseJson } from "../_internal/json.ts";
import { ConfigError } from "../errors.ts";
import {
  ExecutionContext,
  type Integration,
  type IntegrationResult,
  type PollRecord,
} from "../integration/mod.ts";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
} from "./_cli.ts";
import { loadIntegration } from "./_load_module.ts";
import { MOST_JSON_BYTES, readInputText, readText } from "./_read_text.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

interface RunOptions extends CommonOptions {
  readonly inputs?: string;
  readonly inputsFile?: string;
  readonly authFile?: string;
  readonly trigger?: boolean;
  readonly since?: string;
  readonly account?: boolean;
}

/** `sluice integration`: runs and checks an integration. */
export function integrationCommand(cli: Cli): Command {
  return newGroup("integration", "run an integration, and check it")
    .addCommand(runCommand(cli))
    .addCommand(checkCommand(cli));
}

function runCommand(cli: Cli): Command {
  return newCommand(
    "run",
    "run an action, poll a trigger, or ask whom credentials belong to; prints the envelope",
  )
    .argument(
      "<module>",
      "exports the integration as default or as integration",
    )
    .argument("[name]", "the action, or the trigger with --trigger")
    .option("--inputs <json>", "the inputs; the process list shows them")
    .option(
      "--inputs-file <file>",
      "the inputs from a file, - for the standard input",
    )
    .option(
      "--auth-file <file>",
      "the credentials as JSON, - for the standard input",
    )
    .option("--trigger", "poll the polling trigger of that name")
    .option("--since <time>", "what the trigger is told of the last poll")
    .option("--account", "find out whom the credentials belong to")
    .addHelpText("after", HELP)
    .action(
      acting(cli, (
        module: string,
        name: string | undefined,
        options: RunOptions,
      ) => run(cli, { module, name }, options)),
    );
}

function checkCommand(cli: Cli): Command {
  return newCommand("check", "find what is wrong with it, without any network")
    .argument(
      "<module>",
      "exports the integration as default or as integration",
    )
    .action(
      acting(cli, (module: string, _: CommonOptions) => check(cli, module)),
    );
}

interface Target {
  readonly module: string;
  readonly name: string | undefined;
}

async function run(
  cli: Cli,
  { module, name }: Target,
  options: RunOptions,
): Promise<ExitCode> {
  const { account = false } = options;
  if ((name !== undefined) === account) {
    throw new ConfigError(
      "Cannot run: wanted either the name of an action or trigger, or --account",
    );
  }
  const inputs = await readInputs(cli, options);
  const auth = await readObject(cli, options.authFile, "--auth-file") ?? {};
  const integration = await loadIntegration(module);
  const context = new ExecutionContext({ auth, signal: cli.host.signal });
  const outcome = await execute(
    integration,
    { name, inputs, context },
    options,
  );
  await cli.output.json(outcome);
  return exitOf(outcome);
}

interface Execution {
  readonly name: string | undefined;
  readonly inputs: JsonObject;
  readonly context: ExecutionContext;
}

async function execute(
  integration: Integration,
  { name, inputs, context }: Execution,
  { trigger = false, since }: RunOptions,
): Promise<IntegrationResult | readonly PollRecord[]> {
  const safe = { safe: true };
  if (name === undefined) {
    return await integration.getConnectedAccount(context, safe);
  }
  if (!trigger) {
    return await integration.executeAction(name, inputs, context, safe);
  }
  return await integration.executePollingTrigger(
    name,
    inputs,
    since ?? null,
    context,
  );
}

function exitOf(
  outcome: IntegrationResult | readonly PollRecord[],
): ExitCode {
  if (!("type" in outcome)) return EXIT.done;
  switch (outcome.type) {
    case "action":
    case "connected_account":
      return EXIT.done;
    case "validation_error":
      return outcome.result.source === "output" ? EXIT.left : EXIT.input;
    case "action_error":
    case "error":
      return EXIT.left;
  }
}

async function readInputs(
  cli: Cli,
  { inputs, inputsFile }: RunOptions,
): Promise<JsonObject> {
  if (inputs === undefined) {
    return await readObject(cli, inputsFile, "--inputs-file") ?? {};
  }
  if (inputsFile !== undefined) {
    throw new ConfigError(
      "Cannot read the inputs: wanted one of --inputs and --inputs-file",
    );
  }
  return asObject(inputs, "--inputs");
}

async function readObject(
  { host }: Cli,
  path: string | undefined,
  option: string,
): Promise<JsonObject | undefined> {
  if (path === undefined) return undefined;
  const mostBytes = MOST_JSON_BYTES;
  const text = path === "-"
    ? await readInputText(host, { what: option, mostBytes })
    : await readText(path, option, { mostBytes });
  return asObject(text, option);
}

function asObject(text: string, option: string): JsonObject {
  const value = parseJson(text);
  if (isObject(value)) return value;
  throw new ConfigError(`Cannot use ${option}: wanted a JSON object`);
}

async function check(cli: Cli, module: string): Promise<ExitCode> {
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

const HELP = `
What a handler throws is an envelope too. The exit code is 0 for a result, 1
for inputs or credentials that do not match, 4 for anything else.

Examples:
  $ sluice integration run ./crm.ts save_contact --inputs '{"id":"1"}'
  $ sluice integration run ./crm.ts new_contacts --trigger --auth-file auth.json
  $ sluice integration run ./crm.ts --account --auth-file auth.json
${EXIT_HELP}`;
