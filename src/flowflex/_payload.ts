import { isObject } from "../_internal/json.ts";
import { toPointer } from "../_internal/json_pointer.ts";
import { FileRef } from "./file.ts";

/** A place where the id of an uploaded file goes. */
export interface Slot {
  /** Names and indexes from the top of the payload. */
  readonly at: readonly (string | number)[];
  /** Which of the files, by its index. */
  readonly file: number;
}

/** A payload as it was when it was given. */
export interface PayloadPlan {
  /** Its JSON text, with `null` in place of each file. */
  readonly json: string;
  /** Where files stood. */
  readonly slots: readonly Slot[];
  /** The files, each once. */
  readonly files: readonly FileRef[];
}

const MOST_DEPTH = 256;
const MOST_POINTER_CHARS = 200;

/**
 * Copies a payload and takes its files out.
 *
 * @throws {TypeError} for what JSON cannot hold to the letter.
 */
export function planPayload(payload: unknown): PayloadPlan {
  const top = payload ?? {};
  if (!isPlain(top)) {
    throw new TypeError(
      `Cannot use payload: wanted an object, got ${nameOf(top)}`,
    );
  }
  const walk = new Walk();
  const copy = walk.copy(top, []);
  // What toJSON() of it gives may be anything, a file too.
  if (!isObject(copy)) throw refused([], "something else from toJSON()");
  const json = JSON.stringify(copy);
  return { json, slots: walk.slots, files: [...walk.files.keys()] };
}

/** The JSON text of the payload with the ids in place of the files. */
export function fillPayload(
  { json, slots }: Omit<PayloadPlan, "files">,
  assetIds: readonly string[],
): string {
  const top: unknown = JSON.parse(json);
  for (const { at, file } of slots) {
    let holder = top as Record<string | number, unknown>;
    for (const part of at.slice(0, -1)) {
      holder = holder[part] as Record<string | number, unknown>;
    }
    holder[at.at(-1) as string | number] = assetIds[file];
  }
  return JSON.stringify(top);
}

/** The place as people write it: `a.list[1].x`. Names with a dot or a bracket in them make it ambiguous. */
export function dottedPath(at: Slot["at"]): string {
  return at.map((part, i) =>
    typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`
  ).join("");
}

class Walk {
  readonly slots: Slot[] = [];
  readonly files = new Map<FileRef, number>();
  readonly #inside = new Set<object>();

  copy(value: unknown, at: Slot["at"]): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        if (Number.isFinite(value)) return value;
        throw refused(at, String(value));
      case "object":
        return value === null ? null : this.#object(value, at);
      default:
        throw refused(at, typeof value);
    }
  }

  #object(value: object, at: Slot["at"]): unknown {
    if (value instanceof FileRef) return this.#slot(value, at);
    // Not the length of the path: an object can stand for another one (toJSON) at the same place, without an end.
    if (this.#inside.size >= MOST_DEPTH) {
      throw refused(at, `more than ${MOST_DEPTH} levels of nesting`);
    }
    if (this.#inside.has(value)) throw refused(at, "a cycle");
    this.#inside.add(value);
    try {
      if (Array.isArray(value)) return this.#items(value, at);
      if ("toJSON" in value && typeof value.toJSON === "function") {
        return this.copy(value.toJSON(), at);
      }
      if (isPlain(value)) return this.#members(value, at);
      throw refused(at, nameOf(value));
    } finally {
      this.#inside.delete(value);
    }
  }

  #items(items: readonly unknown[], at: Slot["at"]): unknown[] {
    // Not map(), which leaves holes as they are.
    return Array.from(items, (item, i) => this.copy(item, [...at, i]));
  }

  #members(object: object, at: Slot["at"]): object {
    // Without a prototype, so that a member called __proto__ is one like any other.
    const copy: Record<string, unknown> = Object.create(null);
    for (const [name, value] of Object.entries(object)) {
      if (value !== undefined) copy[name] = this.copy(value, [...at, name]);
    }
    return copy;
  }

  #slot(ref: FileRef, at: Slot["at"]): null {
    const file = this.files.get(ref) ?? this.files.size;
    this.files.set(ref, file);
    this.slots.push({ at, file });
    return null;
  }
}

function isPlain(value: unknown): value is object {
  if (!isObject(value) || value instanceof FileRef) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of all objects, of whatever realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refused(at: Slot["at"], got: string): TypeError {
  const pointer = toPointer(at).replace(/\p{Cc}/gu, "\u{FFFD}")
    .slice(0, MOST_POINTER_CHARS);
  return new TypeError(
    `Cannot use payload: wanted JSON and files at "${pointer}", got ${got}`,
  );
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  const { constructor } = value;
  const name = typeof constructor === "function" ? constructor.name : "";
  return /^[\w$]{1,64}$/.test(name) ? `an object of ${name}` : "an object";
}
