/** Facts that belong to a log line; never a secret, a value or a body. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null>
>;

/** Where a client says what it does. `console` fits. */
export interface Logger {
  /** Something that happens in normal work. */
  info(message: string, fields?: LogFields): void;
  /** Something that a person should look at. */
  warn(message: string, fields?: LogFields): void;
}

/** The logger with a guarantee: whatever it throws or rejects with stays there, because a log must not cost a change. */
export function safeLogger(logger: Logger): Logger {
  const say = (level: "info" | "warn"): Logger["info"] => (message, fields) => {
    // Its own failure is the one thing that a logger cannot be told.
    attempt(() => logger[level](message, fields)).catch(() => {});
  };
  return { info: say("info"), warn: say("warn") };
}

async function attempt(work: () => unknown): Promise<void> {
  await work();
}

/** Says nothing; the default. */
export const silentLogger: Logger = { info: () => {}, warn: () => {} };
