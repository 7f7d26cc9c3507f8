import { systemClock } from "../_internal/clock.ts";

type Method = (...values: unknown[]) => void;

type Print = (line: string) => void;

/**
 * Sends what handlers print elsewhere, whichever function of `console` they use, so that the standard output holds the
 * answer alone.
 *
 * @returns Puts everything back.
 */
export function divertConsole(print: Print): () => void {
  const { console: host } = globalThis as unknown as {
    console: Record<string, unknown>;
  };
  const before = Object.getOwnPropertyNames(host)
    .map((name) => [name, host[name]] as const)
    .filter(([, method]) => typeof method === "function");
  const methods = methodsOf(print);
  for (const [name] of before) host[name] = methods.get(name) ?? silent;
  return () => {
    for (const [name, method] of before) host[name] = method;
  };
}

// What prints nothing by itself, such as `groupEnd` and `clear`.
function silent(): void {}

function methodsOf(print: Print): ReadonlyMap<string, Method> {
  const say: Method = (...values) => print(values.map(shown).join(" "));
  const alike = ["log", "info", "debug", "warn", "error", "group", "dirxml"]
    .concat("groupCollapsed");
  return new Map<string, Method>([
    ...alike.map((name) => [name, say] as const),
    // What follows the value says how to paint it.
    ["dir", (value) => say(value)],
    ["table", (value) => say(value)],
    ["trace", (...values) => say("Trace:", ...values)],
    ["assert", (holds, ...values) => {
      if (!holds) say("Assertion failed:", ...values);
    }],
    ...counters(say),
    ...timers(say),
  ]);
}

function counters(say: Method): [string, Method][] {
  const counts = new Map<string, number>();
  return [
    ["count", (given): void => {
      const label = labelOf(given);
      const count = (counts.get(label) ?? 0) + 1;
      counts.set(label, count);
      say(`${label}: ${count}`);
    }],
    ["countReset", (given): void => void counts.delete(labelOf(given))],
  ];
}

function timers(say: Method): [string, Method][] {
  const started = new Map<string, number>();
  const log: Method = (given, ...values) => {
    const label = labelOf(given);
    const start = started.get(label);
    if (start === undefined) return;
    say(`${label}: ${Math.round(systemClock.now() - start)} ms`, ...values);
  };
  return [
    [
      "time",
      (given): void => void started.set(labelOf(given), systemClock.now()),
    ],
    ["timeLog", log],
    ["timeEnd", (given): void => {
      log(given);
      started.delete(labelOf(given));
    }],
  ];
}

function labelOf(given: unknown): string {
  return given === undefined ? "default" : shown(given);
}

function shown(value: unknown): string {
  try {
    return typeof value === "string" ? value : described(value);
  } catch {
    return "Something that cannot be shown";
  }
}

function described(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value); // a cycle, or a bigint
  }
}
