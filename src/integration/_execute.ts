import { isObject, member } from "../_internal/json.ts";
import type { Schema } from "../schema/mod.ts";
import { describeErrors } from "../schema/mod.ts";
import { withDefaults } from "./_defaults.ts";
import {
  envelope,
  errorEnvelope,
  isValidationError,
  scrubbedAction,
  scrubbedValidation,
  validationEnvelope,
} from "./_envelopes.ts";
import type { Entry } from "./_registry.ts";
import { requireCredentials, requireMatch } from "./_validate.ts";
import type { ActionConfig, PollingTriggerConfig } from "./config.ts";
import type { ContextLike } from "./context.ts";
import { ValidationError } from "./errors.ts";
import type { PollRecord } from "./handlers.ts";
import type { ExecutionSettings } from "./options.ts";
import {
  ActionError,
  ActionResult,
  ConnectedAccountInfo,
  type IntegrationResult,
} from "./results.ts";

/** What every execution needs besides its handler. */
export interface Setting {
  readonly settings: ExecutionSettings;
  /** The schema of `auth.fields`, when the configuration has any. */
  readonly fields: Schema | undefined;
  readonly context: ContextLike;
}

/** One execution. */
export interface Execution extends Setting {
  readonly name: string;
  readonly inputs: unknown;
}

/** An action's way through its handler, in the order of the contract. */
export async function executeAction(
  entry: Entry<ActionConfig, [unknown, ContextLike]> | undefined,
  execution: Execution,
): Promise<IntegrationResult> {
  try {
    if (!entry) throw notRegistered(`action "${execution.name}"`);
    const inputs = acceptInputs(entry, execution);
    acceptCredentials(execution, "input");
    const outcome = await entry.call(inputs, execution.context);
    return concludeAction(entry, outcome, execution);
  } catch (error) {
    return isValidationError(error)
      ? mismatch(error, execution)
      : unforeseen(error, execution);
  }
}

function concludeAction(
  { config, outputs }: Entry<ActionConfig, [unknown, ContextLike]>,
  outcome: unknown,
  setting: Setting,
): IntegrationResult {
  if (outcome instanceof ActionError) {
    const { settings: { safe }, context: { auth } } = setting;
    return envelope(
      "action_error",
      safe ? scrubbedAction(outcome, auth) : outcome,
    );
  }
  if (!(outcome instanceof ActionResult)) {
    const wanted = "ActionResult or ActionError";
    throw wrongOutcome(`action "${config.name}"`, wanted, { outcome });
  }
  const errors = outputs.errors(outcome.data);
  if (errors.length === 0) return envelope("action", outcome);
  const what = `Cannot accept the output of action "${config.name}"`;
  const message = `${what}: ${describeErrors(errors)}`;
  if (setting.settings.onOutputMismatch === "warn") {
    setting.context.logger?.warn(message, { errors: errors.length });
    return envelope("action", outcome);
  }
  // The work is done and paid for: the cost is told all the same.
  const error = new ValidationError(message, { source: "output", errors });
  return validationEnvelope(error, outcome.costUsd);
}

/** A poll in the order of the contract; whatever goes wrong is thrown. */
export async function executeTrigger(
  entry:
    | Entry<PollingTriggerConfig, [unknown, unknown, ContextLike]>
    | undefined,
  execution: Execution & { readonly lastPollTs: unknown },
): Promise<readonly PollRecord[]> {
  const { name, lastPollTs, context } = execution;
  const what = `polling trigger "${name}"`;
  if (!entry) throw notRegistered(what);
  const inputs = acceptInputs(entry, execution);
  acceptCredentials(execution, "legacy");
  const records = await entry.call(inputs, lastPollTs, context);
  if (!Array.isArray(records)) {
    throw wrongOutcome(what, "a list of records", {
      outcome: records,
      source: "legacy",
    });
  }
  for (const record of records) requireRecord(entry, record, what);
  return records as PollRecord[];
}

function requireRecord(
  { outputs }: Entry<PollingTriggerConfig, [unknown, unknown, ContextLike]>,
  record: unknown,
  what: string,
): void {
  for (const field of ["id", "data"]) {
    if (isObject(record) && Object.hasOwn(record, field)) continue;
    throw new ValidationError(
      `Cannot accept a record of ${what}: it has no "${field}"`,
    );
  }
  const data = member(Object(record), "data");
  const whose = `a record of ${what}`;
  requireMatch(outputs, data, { what: whose, source: "legacy" });
}

/** The connected account; whatever goes wrong is thrown, but in safe mode. */
export async function findAccount(
  call: ((context: ContextLike) => unknown) | undefined,
  setting: Setting,
): Promise<IntegrationResult> {
  try {
    if (!call) throw notRegistered("connected account handler");
    acceptCredentials(setting, "legacy");
    const outcome = await call(setting.context);
    if (outcome instanceof ConnectedAccountInfo) {
      return envelope("connected_account", outcome);
    }
    const what = "connected account handler";
    throw wrongOutcome(what, "ConnectedAccountInfo", {
      outcome,
      source: "legacy",
    });
  } catch (error) {
    return isValidationError(error) && setting.settings.safe
      ? mismatch(error, setting)
      : unforeseen(error, setting);
  }
}

function acceptInputs(
  entry: { config: ActionConfig; inputs: Schema },
  execution: Execution,
): unknown {
  const inputs = execution.settings.applyDefaults
    ? withDefaults(execution.inputs, entry.config.inputSchema)
    : execution.inputs;
  const isTrigger = "pollingInterval" in entry.config;
  const what = `the inputs of ${isTrigger ? "polling trigger" : "action"}`;
  requireMatch(entry.inputs, inputs, {
    what: `${what} "${entry.config.name}"`,
    source: isTrigger ? "legacy" : "input",
  });
  return inputs;
}

function acceptCredentials(
  { fields, context, settings }: Setting,
  source: "input" | "legacy",
): void {
  const strict = settings.strictAuth;
  requireCredentials(fields, context.auth, { source, strict });
}

function mismatch(
  error: ValidationError,
  { settings, context }: Setting,
): IntegrationResult {
  return settings.safe
    ? scrubbedValidation(error, context.auth)
    : validationEnvelope(error);
}

function unforeseen(
  error: unknown,
  { settings, context }: Setting,
): IntegrationResult {
  if (!settings.safe) throw error;
  return errorEnvelope(error, context.auth);
}

function notRegistered(what: string): ValidationError {
  return new ValidationError(`Cannot run ${what}: it is not registered`);
}

function wrongOutcome(
  what: string,
  wanted: string,
  options: { outcome: unknown; source?: "output" | "legacy" },
): ValidationError {
  const { outcome, source = "output" } = options;
  const got = outcome === null ? "null" : typeof outcome;
  return new ValidationError(
    `Cannot accept the outcome of ${what}: wanted ${wanted}, got ${got}`,
    { source },
  );
}
