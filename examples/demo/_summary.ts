import { count } from "./_progress.ts";
import type { Drained } from "./_process.ts";
import type { Row } from "./_table.ts";
import { findProblems } from "./_verify.ts";

/** What the demo found out. */
export interface Outcome {
  /** What was published. */
  readonly expected: readonly Row[];
  /** How many of that the table has exactly as they were published. */
  readonly kept: number;
  /** Changes that were delivered a second time. */
  readonly redelivered: number;
  /** Changes that were given up. */
  readonly deadLetters: number;
  /** Changes that wait in the store. */
  readonly pending: number;
  /** Milliseconds in which processes drained. */
  readonly ms: number;
  /** Everything that is not as it must be; empty when all is well. */
  readonly problems: readonly string[];
}

const MOST_PROBLEMS = 5;

/** Compares what was published with what the table holds after all. */
export function judge(
  expected: readonly Row[],
  rows: readonly Row[],
  seen: { runs: readonly [Drained, Drained]; leaks: readonly string[] },
): Outcome {
  const { runs: [first, second], leaks } = seen;
  const { kept, problems } = findProblems(expected, rows);
  const { again = 0, deadLetters = 0, report } = second.ending ?? {};
  const pending = report?.pending ?? 0;
  return {
    expected,
    kept,
    redelivered: again,
    deadLetters,
    pending,
    ms: first.ms + second.ms,
    problems: [
      ...problems,
      ...leaks.map((name) => `${name} of the store holds plaintext`),
      ...first.ending ? ["the first process was not killed"] : [],
      ...second.ending ? [] : ["the second process did not come to its end"],
      ...deadLetters > 0 ? ["there are dead letters"] : [],
      ...pending > 0 ? ["there are changes left in the store"] : [],
    ],
  };
}

/** The outcome as a person reads it. */
export function summarize(outcome: Outcome): string {
  const { expected, kept, ms } = outcome;
  const kinds = new Set(expected.map(({ event }) => event)).size;
  const people = new Set(expected.map(({ person }) => person)).size;
  const lines = [
    line("events", expected.length, `of ${kinds} kinds`),
    line("people", people),
    line("redelivered", outcome.redelivered, "in hand at the kill, same id"),
    line("dead letters", outcome.deadLetters),
    line("pending", outcome.pending),
    line("events per second", Math.round(1000 * kept / ms)),
  ];
  return `\n${lines.join("")}\n${verdict(outcome)}\n`;
}

function verdict({ kept, expected, problems }: Outcome): string {
  const result = `${count(kept)} of ${count(expected.length)}`;
  if (problems.length === 0) {
    return `  nothing lost: ${result}, each value as published, each person's in order`;
  }
  const shown = problems.slice(0, MOST_PROBLEMS);
  const more = problems.length - shown.length;
  return [
    `  NOT as it must be: ${result}`,
    ...shown.map((problem) => `    ${problem}`),
    ...more > 0 ? [`    and ${count(more)} more`] : [],
  ].join("\n");
}

function line(label: string, number: number, note = ""): string {
  const start = `  ${label.padEnd(18)}${count(number).padStart(7)}`;
  return note === "" ? `${start}\n` : `${start}  ${note}\n`;
}
