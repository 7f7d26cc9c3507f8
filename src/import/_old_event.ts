import { decodeUtf8 } from "../_internal/bytes.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
} from "../_internal/json.ts";
import type { DeadLetterNote } from "../spool/mod.ts";

/** A file with an event in it. */
export interface OldEvent {
  readonly name: string;
  /** The number in the name, which says the order. */
  readonly number: number;
  /** What the file holds, as it is. */
  readonly text: string;
  readonly bytes: number;
  readonly row: JsonObject;
}

const NAME = /^(\d{16})_[A-Za-z0-9_-]*\.json$/;
// Of anything else that stands before a colon nobody knows whether it is a class or a person.
const CLASS = /^[A-Za-z_$][\w$.]{0,63}(?:Error|Exception|Timeout)(?=:|$)/;

/** The number in the name of a file; `undefined` for a name that no client writes. */
export function numberOf(name: string): number | undefined {
  const number = Number(NAME.exec(name)?.[1]);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The event in a file; `undefined` for one that was cut off or is something else. */
export function readOldEvent(
  name: string,
  content: Uint8Array,
): OldEvent | undefined {
  const number = numberOf(name);
  const text = textOf(content);
  if (number === undefined || text === undefined) return undefined;
  const row = parseJson(text);
  if (!isObject(row)) return undefined;
  return { name, number, text, bytes: content.length, row };
}

/** The event of a dead letter without what the other client wrote into it. */
export function eventOf(
  { row: { _deadletter, ...event } }: OldEvent,
): JsonObject {
  return event;
}

/** The old note holds the message of the handler, which may be personal data: only the class is kept. */
export function noteOf({ row }: OldEvent): DeadLetterNote {
  const note = member(row, "_deadletter");
  const { error, attempts } = isObject(note) ? note : {} as JsonObject;
  const isCount = Number.isSafeInteger(attempts) && Number(attempts) > 0;
  return {
    failure: { name: CLASS.exec(String(error))?.[0] ?? "Error" },
    attempts: isCount ? Number(attempts) : 1,
  };
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return decodeUtf8(content);
  } catch {
    return undefined;
  }
}
