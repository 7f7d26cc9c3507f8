import { isObject } from "../_internal/json.ts";
import { readCredentials } from "./credentials.ts";

const MOST_DEPTH = 8;

/** Every text among the credentials: none of them may be repeated by an error. */
export function secretsOf(auth: unknown): string[] {
  return textsOf(readCredentials(auth).values, 0);
}

function textsOf(value: unknown, depth: number): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "bigint") {
    return [String(value)];
  }
  if (depth === MOST_DEPTH) return [];
  if (Array.isArray(value)) {
    return value.flatMap((each) => textsOf(each, depth + 1));
  }
  if (!isObject(value)) return [];
  return Object.values(value).flatMap((each) => textsOf(each, depth + 1));
}
