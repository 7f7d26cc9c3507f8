import type { LogFields, Logger } from "../observe/logger.ts";

export type { LogFields, Logger };

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
