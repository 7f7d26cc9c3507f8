import { type JsonObject, member } from "../_internal/json.ts";
import type {
  ActionConfig,
  IntegrationConfig,
  PollingTriggerConfig,
} from "../integration/mod.ts";

// Everything else may be meant for the platform alone.
const AUTH_MEMBERS = ["type", "provider", "scopes", "fields"];

/** What callers need to know of an integration, in the names of its configuration. */
export function integrationInfo(config: IntegrationConfig): JsonObject {
  const { name, version, description, auth, actions, pollingTriggers } = config;
  return {
    name,
    version,
    description,
    auth: Object.fromEntries(
      AUTH_MEMBERS.map((each) => [each, member(auth, each)]),
    ),
    actions: mapped(actions, actionInfo),
    polling_triggers: mapped(pollingTriggers, triggerInfo),
  };
}

function mapped<Config>(
  configs: Readonly<Record<string, Config>>,
  info: (config: Config) => JsonObject,
): JsonObject {
  return Object.fromEntries(
    Object.entries(configs).map(([name, config]) => [name, info(config)]),
  );
}

function actionInfo(config: ActionConfig): JsonObject {
  const { description, inputSchema, outputSchema } = config;
  return {
    description,
    input_schema: inputSchema,
    output_schema: outputSchema,
  };
}

function triggerInfo(config: PollingTriggerConfig): JsonObject {
  const { pollingInterval } = config;
  return { ...actionInfo(config), polling_interval: pollingInterval };
}
