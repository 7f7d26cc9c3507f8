import { ReaderGone, WriteFailed } from "../_failure/write_failed.ts";
import type { CliHost } from "../host.ts";
import { printable, printableJson } from "./printable.ts";

/** The colours that are used. */
export type Colour = "green" | "red" | "yellow" | "dim";

const CODES: Readonly<Record<Colour, number>> = {
  green: 32,
  red: 31,
  yellow: 33,
  dim: 2,
};

/** Where everything that the command says goes: data to the standard output, the rest to the standard error. */
export class Output {
  readonly #host: CliHost;
  #isJson = false;
  #isQuiet = false;
  #written: Promise<unknown> = Promise.resolve();
  #said: Promise<unknown> = Promise.resolve();
  #bar: (() => void) | undefined;
  #failure: WriteFailed | undefined;

  constructor(host: CliHost) {
    this.#host = host;
  }

  /** Whether results are wanted as JSON. */
  get isJson(): boolean {
    return this.#isJson;
  }

  /** Whether progress is to be told: as a bar, in lines, or not at all. */
  get progress(): "bar" | "lines" | "none" {
    if (this.#isQuiet) return "none";
    return this.#host.errIsTerminal ? "bar" : "lines";
  }

  /** Characters in a line of the terminal. */
  get columns(): number {
    return this.#host.columns;
  }

  /** Why the standard output could not be written, when it could not. */
  get failure(): WriteFailed | undefined {
    return this.#failure;
  }

  /** Takes over what the command line says. */
  configure({ json, quiet }: { json?: unknown; quiet?: unknown }): void {
    // Where --json takes a request, nothing is said of the form of messages.
    this.#isJson = json === true;
    this.#isQuiet = quiet === true;
  }

  /**
   * Writes to the standard output, whole pieces in their order; resolves once the system has it.
   *
   * @throws {ReaderGone} When nobody reads it any more.
   * @throws {WriteFailed} When it cannot be written, such as to a full disk.
   */
  data(text: string): Promise<void> {
    const write = async (): Promise<void> => {
      try {
        await this.#host.out(text);
      } catch (cause) {
        this.#failure ??= failureOf(cause);
        throw this.#failure;
      }
    };
    const written = this.#written.then(write);
    this.#written = written.catch(() => {}); // told to whoever wrote it
    return written;
  }

  /** Writes a line for people, which may hold a text of others, after a label of our own. */
  async line(text: string, label = ""): Promise<void> {
    await this.data(`${label}${printable(text)}\n`);
  }

  /** Writes a result as JSON. */
  async json(value: unknown): Promise<void> {
    await this.data(`${printableJson(JSON.stringify(value, null, 2))}\n`);
  }

  /** Says something that one may want to know. */
  note(line: string): void {
    if (!this.#isQuiet) this.warn(line);
  }

  /** Says something that one must know, in one line that may hold a text of others, after a label of our own. */
  warn(line: string, label = ""): void {
    this.#bar?.();
    this.raw(`${label}${printable(line)}\n`);
  }

  /** Says something that one must know as one line of JSON. */
  warnJson(value: unknown): void {
    this.#bar?.();
    this.raw(`${printableJson(JSON.stringify(value))}\n`);
  }

  /** Writes to the standard error as it is. */
  raw(text: string): void {
    // Nobody can be told that the standard error cannot be written.
    this.#said = this.#said.then(() => this.#host.err(text)).catch(() => {});
  }

  /** Names what takes a bar off the line, so that a message does not end up in it. */
  setBar(clear: (() => void) | undefined): void {
    this.#bar = clear;
  }

  /** Paints a text for one of the two outputs, where it is a terminal and nobody has asked for no colours. */
  paint(text: string, colour: Colour, where: "out" | "err" = "out"): string {
    const { env, outIsTerminal, errIsTerminal } = this.#host;
    const isTerminal = where === "out" ? outIsTerminal : errIsTerminal;
    // https://no-color.org: any text that is not empty
    if (!isTerminal || (env["NO_COLOR"] ?? "") !== "") return text;
    return `\x1b[${CODES[colour]}m${text}\x1b[0m`;
  }

  /** Resolves once everything is written. */
  async flush(): Promise<void> {
    await this.#written;
    await this.#said;
  }
}

function failureOf(cause: unknown): WriteFailed {
  return cause instanceof Deno.errors.BrokenPipe
    ? new ReaderGone(cause)
    : new WriteFailed("the standard output", cause);
}
