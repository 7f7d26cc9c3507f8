import { REDACTED } from "./redacted.ts";

// What console.log asks a value for, in Node, in Deno and in workerd.
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** A value that is not shown by printing, `JSON.stringify` or `structuredClone`; only `reveal()` gives it. */
export class Secret<T> {
  static {
    Object.defineProperty(Secret.prototype, INSPECT, {
      value: () => REDACTED,
    });
  }

  readonly #value: T;

  /** Wraps the value; {@linkcode secret} reads better at the call. */
  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. */
  reveal(): T {
    return this.#value;
  }

  /** Never the value. */
  toString(): string {
    return REDACTED;
  }

  /** Never the value. */
  toJSON(): string {
    return REDACTED;
  }
}

/** Wraps a value so that it is not shown by accident. */
export function secret<T>(value: T): Secret<T> {
  return new Secret(value);
}
