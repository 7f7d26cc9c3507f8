import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { error, isText, schemaIssues, warning } from "./_check.ts";
import type { IntegrationProblem } from "./check.ts";

/** What is wrong with the way credentials are got. A public service has no such section. */
export function authProblems(auth: unknown): IntegrationProblem[] {
  if (auth === undefined) return [];
  if (!isObject(auth)) return [error("/auth", "wanted an object or nothing")];
  const fields = Object.hasOwn(auth, "fields")
    ? schemaIssues(member(auth, "fields"), "/auth/fields")
    : [];
  return [...typeProblems(auth), ...fields];
}

function typeProblems(auth: JsonObject): IntegrationProblem[] {
  if (Object.keys(auth).length === 0) return [];
  switch (member(auth, "type")) {
    case "platform":
      return platformProblems(auth);
    case "custom":
      return customProblems(auth);
    default:
      return [warning("/auth/type", 'wanted "platform" or "custom"')];
  }
}

function platformProblems(auth: JsonObject): IntegrationProblem[] {
  const scopes = member(auth, "scopes");
  return [
    ...(isText(member(auth, "provider"))
      ? []
      : [error("/auth/provider", "wanted the name of the provider")]),
    ...(scopes === undefined || Array.isArray(scopes)
      ? []
      : [error("/auth/scopes", "wanted a list")]),
  ];
}

function customProblems(auth: JsonObject): IntegrationProblem[] {
  const fields = member(auth, "fields");
  if (isObject(fields) && isObject(member(fields, "properties"))) return [];
  return [error("/auth/fields", "wanted a schema with properties")];
}
