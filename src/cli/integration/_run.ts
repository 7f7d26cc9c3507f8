import type { JsonObject } from "../../_internal/json.ts";
import { ConfigError } from "../../errors.ts";
import { failureEnvelope } from "../../integration/failure_envelope.ts";
import {
  ExecutionContext,
  type Integration,
  type IntegrationResult,
  type PollRecord,
} from "../../integration/mod.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import { isStop } from "../_failure/exit_code.ts";
import { jsonObjectOf, readJsonObject } from "../_files/read_json.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { loadIntegration } from "./_load_integration.ts";

/** What is run, and with what. */
export interface RunOptions extends CommonOptions {
  readonly inputs?: string;
  readonly inputsFile?: string;
  readonly authFile?: string;
  readonly trigger?: boolean;
  readonly since?: string;
  readonly account?: boolean;
}

/** Which module, and which action or trigger of it. */
export interface Work {
  readonly module: string;
  readonly name: string | undefined;
}

/** Runs an action, polls a trigger, or finds out whom credentials belong to. */
export async function runIntegration(
  cli: Cli,
  { module, name }: Work,
  options: RunOptions,
): Promise<ExitCode> {
  assertFits(name, options);
  const inputs = await readInputs(cli, options);
  const auth = await readOption(cli, options.authFile, "--auth-file");
  const integration = await loadIntegration(module);
  const { signal } = cli.host;
  const context = new ExecutionContext({ auth, signal });
  const outcome = await execute(
    integration,
    { name, inputs, context, signal },
    options,
  );
  await cli.output.json(outcome);
  return exitOf(outcome);
}

// What would be ignored is refused.
function assertFits(
  name: string | undefined,
  { account = false, trigger = false, ...options }: RunOptions,
): void {
  const { since, inputs, inputsFile, authFile } = options;
  if ((name !== undefined) === account) {
    throw new ConfigError(
      "Cannot run: wanted either the name of an action or trigger, or --account",
    );
  }
  if (account && (trigger || (inputs ?? inputsFile) !== undefined)) {
    throw new ConfigError(
      "Cannot use --account with --trigger or inputs: wanted it with --auth-file alone",
    );
  }
  if (since !== undefined && !trigger) {
    throw new ConfigError("Cannot use --since: wanted with --trigger only");
  }
  if (inputsFile === "-" && authFile === "-") {
    throw new ConfigError(
      "Cannot use --inputs-file and --auth-file: wanted one of them from the standard input",
    );
  }
}

interface Execution {
  readonly name: string | undefined;
  readonly inputs: JsonObject;
  readonly context: ExecutionContext;
  readonly signal: AbortSignal;
}

async function execute(
  integration: Integration,
  { name, inputs, context, signal }: Execution,
  { trigger = false, since }: RunOptions,
): Promise<IntegrationResult | readonly PollRecord[]> {
  const safe = { safe: true };
  if (name === undefined) {
    return await integration.getConnectedAccount(context, safe);
  }
  if (!trigger) {
    return await integration.executeAction(name, inputs, context, safe);
  }
  try {
    const last = since ?? null;
    return await integration.executePollingTrigger(name, inputs, last, context);
  } catch (error) {
    if (isStop(error, signal)) throw error;
    return failureEnvelope(error, context.auth);
  }
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
  if (inputs !== undefined && inputsFile !== undefined) {
    throw new ConfigError(
      "Cannot read the inputs: wanted one of --inputs and --inputs-file",
    );
  }
  if (inputs !== undefined) return jsonObjectOf(inputs, "--inputs");
  return await readOption(cli, inputsFile, "--inputs-file");
}

async function readOption(
  cli: Cli,
  path: string | undefined,
  what: string,
): Promise<JsonObject> {
  return path === undefined ? {} : await readJsonObject(cli, path, { what });
}
