import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { schemaProblems } from "../schema/mod.ts";
import { authProblems } from "./_check_auth.ts";
import type { IntegrationProblem } from "./check.ts";

/** What is registered, next to what is defined. */
export interface Registered {
  /** Pointers of definitions without a handler. */
  readonly unhandled: readonly string[];
  /** Pointers that handlers were registered for and that lead to nothing. */
  readonly undefined: readonly string[];
  /** Whether somebody finds out about accounts. */
  readonly hasAccountHandler: boolean;
}

/** Judges a configuration that could be loaded. */
export function checkIntegration(
  source: JsonObject,
  registered: Registered,
): IntegrationProblem[] {
  const problems = [
    ...headProblems(source),
    ...authProblems(member(source, "auth")),
    ...actionProblems(source),
    ...definitionProblems(source, "polling_triggers"),
    ...registeredProblems(source, registered),
  ];
  return problems.sort((a, b) => rank(a) - rank(b));
}

function rank({ severity }: IntegrationProblem): number {
  return severity === "error" ? 0 : 1;
}

function headProblems(source: JsonObject): IntegrationProblem[] {
  const problems: IntegrationProblem[] = [];
  for (const key of ["name", "version", "description"]) {
    if (isText(source[key])) continue;
    problems.push(error(`/${key}`, "wanted a text that is not blank"));
  }
  if (isText(source["version"]) && !isVersion(source["version"])) {
    const wanted = "wanted three numbers with dots between, such as 1.0.0";
    problems.push(warning("/version", wanted));
  }
  if (!isText(source["entry_point"])) {
    problems.push(error("/entry_point", "wanted the file that is started"));
  }
  return [...problems, ...displayProblems(source, "")];
}

function actionProblems(source: JsonObject): IntegrationProblem[] {
  const actions = member(source, "actions");
  const isEmpty = !isObject(actions) || Object.keys(actions).length === 0;
  return isEmpty
    ? [error("/actions", "wanted at least one action")]
    : definitionProblems(source, "actions");
}

function definitionProblems(
  source: JsonObject,
  key: "actions" | "polling_triggers",
): IntegrationProblem[] {
  const section = member(source, key);
  if (!isObject(section)) return [];
  return Object.entries(section).flatMap(([name, definition]) => {
    const at = `/${key}/${name}`;
    if (!isObject(definition)) return [];
    return [
      ...(name === name.toLowerCase()
        ? []
        : [warning(at, "wanted a name in lower case")]),
      ...displayProblems(definition, at),
      ...schemasOf(definition, at),
    ];
  });
}

function schemasOf(definition: JsonObject, at: string): IntegrationProblem[] {
  return ["input_schema", "output_schema"].flatMap((key) =>
    schemaIssues(member(definition, key), `${at}/${key}`)
  );
}

/** What is wrong with a schema that lies somewhere in the configuration. */
export function schemaIssues(
  schema: unknown,
  at: string,
): IntegrationProblem[] {
  return schemaProblems(schema)
    .map(({ pointer, message }) => error(`${at}${pointer}`, message));
}

function displayProblems(
  object: JsonObject,
  at: string,
): IntegrationProblem[] {
  return isText(object["display_name"])
    ? []
    : [warning(`${at}/display_name`, "wanted a name for people")];
}

function registeredProblems(
  source: JsonObject,
  registered: Registered,
): IntegrationProblem[] {
  const at = "/supports_connected_account";
  const isPromised = member(source, "supports_connected_account") === true;
  const { hasAccountHandler } = registered;
  return [
    ...registered.unhandled.map((pointer) =>
      error(pointer, "wanted a handler, none is registered")
    ),
    ...registered.undefined.map((pointer) =>
      error(pointer, "wanted a definition for the handler that was registered")
    ),
    ...(isPromised && !hasAccountHandler
      ? [error(at, "wanted a connected account handler, none is registered")]
      : []),
    ...(hasAccountHandler && !isPromised
      ? [warning(at, "wanted true, because a handler is registered")]
      : []),
  ];
}

/** A problem that keeps something from working. */
export function error(pointer: string, message: string): IntegrationProblem {
  return { severity: "error", pointer, message };
}

/** A problem that only looks wrong. */
export function warning(pointer: string, message: string): IntegrationProblem {
  return { severity: "warning", pointer, message };
}

/** Tells whether a value is a text that says something. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isVersion(text: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(text);
}
