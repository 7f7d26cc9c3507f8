import type { Cli } from "../_command.ts";
import { printableLines } from "../_terminal/printable.ts";

/** Where rows go. */
export interface Sink extends Disposable {
  /** Rows that were written before. */
  readonly offset: number;
  /** The keys of the last of them. */
  readonly recent: readonly string[];
  /** The columns of a table that was begun before. */
  readonly columns: readonly string[] | undefined;
  /** Writes the head of a table. */
  start(text: string, columns: readonly string[]): Promise<void>;
  /** Writes a row. */
  add(text: string, key: string): Promise<void>;
  /** Makes durable what was written. */
  save(): Promise<void>;
  /** Says that there is no more. */
  finish(): Promise<void>;
}

/** The standard output, which nothing can be gone on with. */
export function outputSink(
  { output, host: { outIsTerminal } }: Cli,
): Sink {
  const add = (text: string): Promise<void> =>
    output.data(outIsTerminal ? printableLines(text) : text);
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    offset: 0,
    recent: [],
    columns: undefined,
    start: add,
    add,
    save: nothing,
    finish: nothing,
    [Symbol.dispose]: () => {},
  };
}
