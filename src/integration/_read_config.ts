import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { ConfigError, type ConfigProblem } from "../errors.ts";
import type {
  ActionConfig,
  IntegrationConfig,
  PollingTriggerConfig,
} from "./config.ts";
import { parseInterval } from "./_interval.ts";

const COMMON = ["description", "input_schema", "output_schema"];

/** Reads a configuration and tells everything that is missing at once. Unknown keys have no effect. */
export function readConfig(source: unknown, name: string): IntegrationConfig {
  if (!isObject(source)) {
    throw new ConfigError(`Cannot use ${name}: it is not a JSON object`);
  }
  const problems: ConfigProblem[] = [];
  const config: IntegrationConfig = {
    ...readHead(source, problems),
    auth: section(source, "auth", problems),
    actions: readAll(source, "actions", { problems, read: readAction }),
    pollingTriggers: readAll(source, "polling_triggers", {
      problems,
      read: readTrigger,
    }),
  };
  if (problems.length === 0) return config;
  const words = problems.map(({ field, message }) => `${field}: ${message}`);
  throw new ConfigError(`Cannot use ${name}: ${words.join("; ")}`, {
    problems,
  });
}

function readHead(
  source: JsonObject,
  problems: ConfigProblem[],
): Pick<IntegrationConfig, "name" | "version" | "description"> {
  requireAll(source, ["name", "version", "description"], { problems, at: "" });
  return {
    name: String(member(source, "name")),
    version: String(member(source, "version")),
    description: String(member(source, "description")),
  };
}

interface Place {
  readonly problems: ConfigProblem[];
  readonly at: string;
}

type Read<T> = (definition: JsonObject, name: string, place: Place) => T;

function readAll<T>(
  source: JsonObject,
  key: string,
  options: { problems: ConfigProblem[]; read: Read<T> },
): Record<string, T> {
  const { problems, read } = options;
  const all: Record<string, T> = Object.create(null);
  for (const [name, each] of Object.entries(section(source, key, problems))) {
    const at = `/${key}/${name}`;
    if (isObject(each)) all[name] = read(each, name, { problems, at });
    else problems.push({ field: at, message: "wanted an object" });
  }
  return all;
}

function readAction(
  definition: JsonObject,
  name: string,
  place: Place,
): ActionConfig {
  requireAll(definition, COMMON, place);
  return {
    name,
    description: String(member(definition, "description")),
    inputSchema: member(definition, "input_schema"),
    outputSchema: member(definition, "output_schema"),
  };
}

function readTrigger(
  definition: JsonObject,
  name: string,
  place: Place,
): PollingTriggerConfig {
  requireAll(definition, ["polling_interval"], place);
  const interval = member(definition, "polling_interval");
  const pollingIntervalMs = parseInterval(interval);
  if (interval !== undefined && pollingIntervalMs === undefined) {
    const message = "wanted a whole number and one of s, m, h and d";
    place.problems.push({ field: `${place.at}/polling_interval`, message });
  }
  return {
    ...readAction(definition, name, place),
    pollingInterval: String(interval),
    pollingIntervalMs: pollingIntervalMs ?? 0,
  };
}

// An absent section and null are both no section.
function section(
  source: JsonObject,
  key: string,
  problems: ConfigProblem[],
): JsonObject {
  const value = member(source, key) ?? {};
  if (isObject(value)) return value;
  problems.push({ field: `/${key}`, message: "wanted an object" });
  return {};
}

function requireAll(
  object: JsonObject,
  keys: readonly string[],
  { problems, at }: Place,
): void {
  for (const key of keys) {
    if (Object.hasOwn(object, key)) continue;
    problems.push({ field: `${at}/${key}`, message: "it is missing" });
  }
}
