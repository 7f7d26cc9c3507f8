import { assertFunction } from "../_internal/assert.ts";
import { systemClock } from "../_internal/clock.ts";
import { plainName, Redaction } from "./_redact_value.ts";
import type { Logger } from "./logger.ts";

/** How {@linkcode jsonLogger} writes. */
export interface JsonLoggerOptions {
  /** Takes a line, without its line feed. What it throws, or rejects with, is dropped. Default is `console.log`. */
  readonly write?: (line: string) => unknown;
  /**
   * The least that is written.
   *
   * @default {"info"}
   */
  readonly level?: "info" | "warn";
  /**
   * More names to redact: every field whose name has one of these in it, whatever the case and the separators. None by
   * default.
   */
  readonly redact?: readonly string[];
  /** Milliseconds since 1970. Default is `Date.now`. */
  readonly now?: () => number;
}

interface Settings {
  readonly write: (line: string) => unknown;
  readonly names: readonly string[];
  readonly now: () => number;
}

const MOST_CHARS = 16_000;

/**
 * Makes a logger that writes each entry as one line of JSON: `time`, `level`, `message`, and the fields beside them.
 *
 * Redacted is every field whose name speaks of authorization, a cookie, a secret, a token, a key, a password, a
 * passphrase, a credential, a signature or a session; and in all texts what has the shape of a secret: `Bearer` and
 * `Basic` credentials, what begins with `whsec_`, `whsk_`, `seal_` or `cisk_`, PEM blocks, JSON Web Tokens, passwords
 * and queries of URLs. That is a net under code that should not log secrets at all; one in free words goes through it.
 *
 * It takes whatever `console` takes and never throws: cycles, big integers and getters that throw become texts. A text
 * is cut after 1,000 characters, and a line that would be longer than 16,000 is written without its fields.
 *
 * @example Log what a client does
 * ```ts
 * import { jsonLogger } from "@sluice/edge/observe";
 *
 * const logger = jsonLogger({ write: (line) => console.log(line), now: () => 0 });
 * logger.warn("Cannot reach the platform", { status: 503, apiKey: "k-123" });
 * // {"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"Cannot reach the platform","status":503,"apiKey":"[redacted]"}
 * ```
 *
 * @param options How; every one has a default.
 * @returns The logger.
 * @throws {TypeError} When an option has the wrong type.
 */
export function jsonLogger(options: JsonLoggerOptions = {}): Logger {
  const { level = "info" } = options;
  const settings = readSettings(options);
  if (level !== "info" && level !== "warn") {
    throw new TypeError('Cannot use level: wanted "info" or "warn"');
  }
  const warn = sayer("warn", settings);
  return { info: level === "info" ? sayer("info", settings) : silent, warn };
}

function readSettings(options: JsonLoggerOptions): Settings {
  const { write = print, now = systemClock.now, redact = [] } = options;
  assertFunction(write, "write");
  assertFunction(now, "now");
  if (!Array.isArray(redact) || redact.some((name) => plainOf(name) === "")) {
    throw new TypeError("Cannot use redact: wanted a list of names");
  }
  return { write, now, names: redact.map(plainOf) };
}

function plainOf(name: unknown): string {
  return typeof name === "string" ? plainName(name) : "";
}

function sayer(
  level: "info" | "warn",
  { write, names, now }: Settings,
): Logger["info"] {
  return (message, fields) => {
    // Its own failure is the one thing that a log cannot tell.
    attempt(() => {
      const head = { time: new Date(now()).toISOString(), level };
      return write(lineOf(head, { message, fields, names }));
    }).catch(() => {});
  };
}

function lineOf(
  head: { time: string; level: string },
  { message, fields, names }: {
    message: unknown;
    fields: unknown;
    names: readonly string[];
  },
): string {
  const redaction = new Redaction(names);
  const entry = { ...head, message: redaction.value(message) };
  const facts = besides(entry, redaction.value(fields));
  const line = JSON.stringify({ ...entry, ...facts });
  if (line.length <= MOST_CHARS) return line;
  return JSON.stringify({ ...entry, cut: true });
}

/** The fields under names that the head does not have. */
function besides(head: object, fields: unknown): object {
  if (fields === undefined) return {};
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    return { fields };
  }
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      Object.hasOwn(head, name) ? `fields.${name}` : name,
      value,
    ]),
  );
}

function print(line: string): void {
  // deno-lint-ignore sluice/console -- the caller has asked for a logger and named no place
  console.log(line);
}

function silent(): void {}

async function attempt(work: () => unknown): Promise<void> {
  await work();
}
