import { isObject, type JsonObject, member } from "../_internal/json.ts";

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d+))?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Nothing is there: absent, `null`, or the blank text that XML makes of both. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null ||
    (typeof value === "string" && value.trim() === "");
}

/** A truth value as JSON or XML writes it, `""` being `false`; `null` for anything else, absence included. */
export function asBoolean(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" && typeof value !== "number") return null;
  const word = String(value).trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  return word === "false" || word === "0" || word === "" ? false : null;
}

/** A whole number from 0 up, also as text; `null` for anything else. */
export function asCount(value: unknown): number | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const digits = String(value).trim();
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

/** The array itself, or an empty one for the `""` of XML; `undefined` for anything else, absence included. */
export function asArray(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return typeof value === "string" && value.trim() === "" ? [] : undefined;
}

/**
 * The object itself, or an empty one for the `""` of XML and for the `[]` that some servers write for an empty map;
 * `undefined` for anything else, absence included.
 */
export function asMap(value: unknown): JsonObject | undefined {
  if (isObject(value)) return value;
  return asArray(value)?.length === 0 ? {} : undefined;
}

/** The first of the members that can be an id: a non-empty text, or a whole number, which XML writes as text too. */
export function id(object: JsonObject, ...names: string[]): string | null {
  for (const name of names) {
    const value = member(object, name);
    if (typeof value === "string" && value !== "") return value;
    if (Number.isSafeInteger(value)) return String(value);
  }
  return null;
}

/** An ISO 8601 time, in UTC where it names no offset; `null` for anything that names no real moment. */
export function asDate(value: unknown): Date | null {
  const parts = typeof value === "string" ? MOMENT.exec(value.trim()) : null;
  if (!parts) return null;
  const [, day = "", minutes, seconds = ":00", fraction = "", offset] = parts;
  if (minutes === undefined) return midnightOf(day);
  // No month ends before the 28th.
  if (day.slice(8) > "28" && midnightOf(day) === null) return null;
  const milliseconds = fraction.slice(0, 3).padEnd(3, "0");
  const moment = new Date(
    `${day}T${minutes}${seconds}.${milliseconds}${isoOffset(offset)}`,
  );
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** Midnight UTC of a `YYYY-MM-DD` that is in the calendar, else `null`. */
export function asDay(text: string): Date | null {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? midnightOf(text) : null;
}

function midnightOf(text: string): Date | null {
  const day = new Date(`${text}T00:00:00.000Z`);
  // The host turns 30 February into a day of March.
  return day.getUTCDate() === Number(text.slice(8)) ? day : null;
}

function isoOffset(offset = "Z"): string {
  if (offset.length === 1) return "Z";
  const [, hours, minutes = "00"] = /^([+-]\d{2}):?(\d{2})?$/.exec(offset) ??
    [];
  return hours === undefined ? "Z" : `${hours}:${minutes}`;
}
