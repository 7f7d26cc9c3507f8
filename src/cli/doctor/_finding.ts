import { exitCodeOf } from "../_failure/exit_code.ts";
import { mendOf } from "../_failure/mend.ts";
import { messageOf } from "../_failure/report.ts";
import type { ExitCode } from "../exit.ts";

/** What a check found. */
export interface Finding {
  readonly check: string;
  readonly verdict: "ok" | "warn" | "fail" | "skip";
  readonly detail: string;
  /** What to do about it. */
  readonly mend?: string;
  /** The exit code of a failure. */
  readonly code?: ExitCode;
}

/** What came of work: its value, or what there is to say about its error. */
export type Attempted<T> =
  | { readonly value: T }
  | { readonly finding: Finding; readonly error: unknown };

/** Does work, and makes a finding of its error. */
export async function attempt<T>(
  check: string,
  work: () => Promise<T>,
): Promise<Attempted<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    const mend = mendOf(error);
    const finding: Finding = {
      check,
      verdict: "fail",
      detail: messageOf(error),
      ...mend !== undefined && { mend },
      code: exitCodeOf(error),
    };
    return { finding, error };
  }
}

/** It is in order. */
export function ok(check: string, detail: string): Finding {
  return { check, verdict: "ok", detail };
}

/** It was not looked at. */
export function skip(check: string, detail: string): Finding {
  return { check, verdict: "skip", detail };
}

/** It works, and something should be done about it. */
export function warn(
  check: string,
  detail: string,
  { mend }: { mend: string },
): Finding {
  return { check, verdict: "warn", detail, mend };
}
