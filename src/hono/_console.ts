/** The parts of `console` that people print with. */
const METHODS = ["log", "info", "debug", "warn", "error"] as const;

type ConsoleLike = Record<
  (typeof METHODS)[number],
  (...values: unknown[]) => void
>;

/**
 * Sends what handlers print elsewhere, so that the standard output holds the answer alone.
 *
 * @returns Puts everything back.
 */
export function divertConsole(print: (line: string) => void): () => void {
  const { console: host } = globalThis as unknown as { console: ConsoleLike };
  const before = METHODS.map((name) => [name, host[name]] as const);
  for (const name of METHODS) {
    host[name] = (...values): void => print(values.map(shown).join(" "));
  }
  return () => {
    for (const [name, method] of before) host[name] = method;
  };
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value); // a cycle, or a bigint
  }
}
