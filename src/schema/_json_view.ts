import type { JsonObject } from "../_internal/json.ts";

/** Levels that a value may be nested; deeper ones would overflow the stack of the validator. */
export const MOST_DEPTH = 256;

/** A value that JSON cannot hold, or not within the limits; `wanted` says what is. */
export class NotJson extends Error {
  /** What is wanted instead. */
  readonly wanted: string;

  /** Creates it. */
  constructor(wanted: string) {
    super(`Cannot use the value: wanted ${wanted}`);
    this.wanted = wanted;
  }
}

/**
 * The value as `JSON.stringify` would write it: without `undefined` and functions, `null` for numbers that are not
 * finite, the outcome of `toJSON` in place of its object. What is JSON already is given back as it is, uncopied.
 *
 * @throws {NotJson} for what has no such form, or is nested too deep, as a cycle is.
 */
export function jsonView(value: unknown): unknown {
  const seen = view(value, 0);
  if (seen === undefined) throw new NotJson("a JSON value");
  return seen;
}

function view(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      throw new NotJson("JSON, which has no bigint");
    case "object":
      return value === null ? null : viewObject(value, depth);
    default:
      return undefined;
  }
}

function viewObject(value: object, depth: number): unknown {
  if (depth === MOST_DEPTH) {
    throw new NotJson(`at most ${MOST_DEPTH} levels of nesting`);
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return view(value.toJSON(), depth + 1);
  }
  return Array.isArray(value)
    ? viewItems(value, depth + 1)
    : viewMembers(value, depth + 1);
}

function viewItems(items: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = view(items[i], depth) ?? null;
    if (item !== items[i]) copy ??= items.slice(0, i);
    copy?.push(item);
  }
  return copy ?? items;
}

function viewMembers(object: object, depth: number): unknown {
  const members = object as JsonObject;
  const names = Object.keys(members);
  let copy: [string, unknown][] | undefined;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    // The validator writes names into URIs, and those hold well-formed text only.
    if (!name.isWellFormed()) throw new NotJson("names of well-formed text");
    const value = members[name];
    const seen = view(value, depth);
    if (seen !== value || seen === undefined) {
      copy ??= names.slice(0, i).map((each) => [each, members[each]]);
    }
    if (seen !== undefined) copy?.push([name, seen]);
  }
  return copy ? Object.fromEntries(copy) : object;
}
