import { REDACTED } from "../_internal/redacted.ts";
import { errorNote } from "./error_note.ts";
import { redactText } from "./_redact_text.ts";

/** What JSON can hold, of whatever was given. */
export type Plain = unknown;

const SECRET_NAME =
  /^auth$|authorization|authentication|cookie|secret|token|key|passw|passphrase|credential|signature|session|(?:^|_)pem$/i;
const MOST_DEPTH = 6;
const MOST_MEMBERS = 200;

/** Makes of anything what JSON can hold, without secrets; never throws. */
export class Redaction {
  readonly #names: readonly string[];
  readonly #above = new Set<object>();
  #members = 0;

  /** `names` are redacted besides those that say themselves that they are secret. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** The value of a member. */
  member(name: string, value: unknown): Plain {
    const isShown = value === undefined || value === null ||
      typeof value === "boolean";
    return this.#isSecret(name) && !isShown ? REDACTED : this.value(value);
  }

  /** A value that has no name. */
  value(value: unknown): Plain {
    try {
      return this.#walk(value);
    } catch {
      return "[unreadable]";
    }
  }

  #isSecret(name: string): boolean {
    if (SECRET_NAME.test(name)) return true;
    const plain = plainName(name);
    return this.#names.some((each) => plain.includes(each));
  }

  #walk(value: unknown): Plain {
    switch (typeof value) {
      case "string":
        return redactText(value);
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "bigint":
        return String(value);
      case "function":
      case "symbol":
        return `[${typeof value}]`;
      case "object":
        return value === null ? null : this.#object(value);
      default:
        return value;
    }
  }

  #object(value: object): Plain {
    if (this.#above.has(value)) return "[circular]";
    if (this.#above.size === MOST_DEPTH) return "[deep]";
    this.#above.add(value);
    try {
      return this.#inside(value);
    } finally {
      this.#above.delete(value);
    }
  }

  #inside(value: object): Plain {
    if (value instanceof Error) return this.#error(value);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") {
      return this.#walk(Reflect.apply(toJSON, value, []));
    }
    return Array.isArray(value) ? this.#list(value) : this.#record(value);
  }

  #error(error: Error): Plain {
    return { ...errorNote(error), message: this.value(error.message) };
  }

  #list(list: readonly unknown[]): Plain {
    const values: Plain[] = [];
    for (const each of list) {
      if (++this.#members > MOST_MEMBERS) return [...values, "[more]"];
      values.push(this.value(each));
    }
    return values;
  }

  #record(record: object): Plain {
    const members: [string, Plain][] = [];
    for (const name of Object.keys(record)) {
      if (++this.#members > MOST_MEMBERS) {
        members.push(["[more]", true]);
        break;
      }
      members.push([redactText(name), this.#read(record, name)]);
    }
    // Not an assignment, which a member named __proto__ would turn into something else.
    return Object.fromEntries(members);
  }

  #read(record: object, name: string): Plain {
    try {
      return this.member(name, Reflect.get(record, name));
    } catch {
      return "[unreadable]";
    }
  }
}

/** A name without case and separators. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
