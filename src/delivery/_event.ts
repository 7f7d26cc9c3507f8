import { toHex } from "../_internal/bytes.ts";
import { frozen } from "../_internal/frozen.ts";
import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { ValidationError } from "../errors.ts";
import { parseEventName } from "./matching/glob.ts";
import { parseScope } from "./matching/scope.ts";
import type { EmittedEvent, JsonValue, OutboundEvent } from "./event.ts";

/** An event that was found valid, with its data as it was at that moment. */
export interface Draft {
  readonly event: EmittedEvent;
  /** Whether the caller chose the id. */
  readonly named: boolean;
}

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const TIME_DIGITS = 9;
const RANDOM_BYTES = 10;
const MOST_TEXT = 512;
const MOST_TIME = 8_640_000_000_000_000;
// JSON.stringify ends at some 3,000 on the stack, and whoever delivers may have less of it.
const MOST_LEVELS = 1_000;

/** Reads an event once and refuses what cannot be told to anybody. */
export function readEvent(input: OutboundEvent, now: number): Draft {
  const given: unknown = input;
  if (!isObject(given)) throw problem("event", "wanted an object");
  const id = optional(given, "id", readId);
  const time = optional(given, "time", readTime) ?? now;
  const name = readText(member(given, "name"), "name");
  parseEventName(name);
  return {
    named: id !== undefined,
    // Callbacks of the application see it before it is stored.
    event: frozen({
      id: id ?? makeId(now),
      name,
      scope: parseScope(optional(given, "scope", readText) ?? "/"),
      time,
      actor: optional(given, "actor", readText) ?? null,
      entity: optional(given, "entity", readText) ?? null,
      data: readData(member(given, "data")),
    }),
  };
}

/** When an event with an id of ours was emitted; `undefined` for any other id. */
export function timeOfId(id: string): number | undefined {
  const match = /^evt_([0-9a-z]{9})[0-9a-f]{20}$/.exec(id);
  return match?.[1] === undefined ? undefined : parseInt(match[1], 36);
}

function makeId(now: number): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  const time = now.toString(36).padStart(TIME_DIGITS, "0");
  return `evt_${time}${toHex(random)}`;
}

function optional<T>(
  input: JsonObject,
  name: string,
  read: (value: unknown, name: string) => T,
): T | undefined {
  const value = member(input, name);
  return value === undefined || value === null ? undefined : read(value, name);
}

function readText(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "" && value.length <= MOST_TEXT) {
    return value;
  }
  throw problem(name, `wanted a text of 1 to ${MOST_TEXT} characters`);
}

function readId(value: unknown, name: string): string {
  if (typeof value === "string" && ID.test(value)) return value;
  throw problem(name, "wanted 1 to 128 letters, digits, _ and -");
}

function readTime(value: unknown, name: string): number {
  if (
    typeof value === "number" && Number.isSafeInteger(value) &&
    Math.abs(value) <= MOST_TIME
  ) return value;
  throw problem(name, "wanted whole milliseconds since 1970");
}

function readData(value: unknown): JsonValue {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    throw problem("data", "wanted a value that JSON can hold");
  }
  if (text === undefined) {
    throw problem("data", "wanted a value that JSON can hold");
  }
  const data = JSON.parse(text);
  // Each level takes two characters.
  if (text.length > 2 * MOST_LEVELS && isDeeper(data, MOST_LEVELS)) {
    throw problem("data", `wanted at most ${MOST_LEVELS} levels of nesting`);
  }
  return data;
}

function isDeeper(data: unknown, levels: number): boolean {
  let level = [data];
  for (let i = 0; i < levels && level.length > 0; i++) {
    level = level.filter(isContainer).flatMap(Object.values);
  }
  return level.some(isContainer);
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function problem(field: string, state: string): ValidationError {
  return new ValidationError(`Cannot emit the event: ${field}: ${state}`, {
    field,
  });
}
