/** A place where a rule does not hold. */
export interface Violation {
  /** File relative to the root of the package. */
  readonly file: string;
  /** Line, counted from 1. */
  readonly line: number;
  /** Name of the rule. */
  readonly rule: string;
  /** What is wrong and what is wanted. */
  readonly message: string;
}

/** One violation as a line of text that editors and terminals can follow. */
export function formatViolation(violation: Violation): string {
  const { file, line, rule, message } = violation;
  return `${file}:${line} ${rule} ${message}`;
}
