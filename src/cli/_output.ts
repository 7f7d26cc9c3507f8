import type { CliHost } from "./host.ts";

/** Whoever read the standard output has gone. */
export class ReaderGone extends Error {
  /** @ignore */
  override readonly name = "ReaderGone";
}

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

  /** Takes over what the command line says. */
  configure({ json, quiet }: { json?: boolean; quiet?: boolean }): void {
    this.#isJson = json ?? false;
    this.#isQuiet = quiet ?? false;
  }

  /**
   * Writes to the standard output, whole pieces in their order; resolves once the system has it.
   *
   * @throws {ReaderGone} When nobody reads it any more.
   */
  data(text: string): Promise<void> {
    const write = async (): Promise<void> => {
      try {
        await this.#host.out(text);
      } catch (cause) {
        if (!(cause instanceof Deno.errors.BrokenPipe)) throw cause;
        throw new ReaderGone("Cannot write: the reader has gone", { cause });
      }
    };
    const written = this.#written.then(write);
    this.#written = written.catch(() => {}); // told to whoever wrote it
    return written;
  }

  /** Writes a result as JSON. */
  async json(value: unknown): Promise<void> {
    const text = JSON.stringify(value, null, 2);
    // JSON leaves them as they are, and terminals may obey them.
    const safe = text.replace(
      /[\u007f-\u009f]/g,
      (each) => `\\u00${each.charCodeAt(0).toString(16)}`,
    );
    await this.data(`${safe}\n`);
  }

  /** Says something that one may want to know. */
  note(line: string): void {
    if (!this.#isQuiet) this.warn(line);
  }

  /** Says something that one must know. */
  warn(line: string): void {
    this.#bar?.();
    this.raw(`${line}\n`);
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
