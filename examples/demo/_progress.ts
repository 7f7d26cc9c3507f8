/** Where progress is shown. */
export interface Screen {
  /** Whether lines can be drawn over. */
  readonly isTerminal: boolean;
  /** Whether colors are wanted. */
  readonly hasColor: boolean;
  /** Shows text. */
  write(text: string): void;
}

/** Progress of one process. */
export interface Progress extends Disposable {
  /** Shows how much is done. */
  update(done: number): void;
}

const WIDTH = 30;
// A file that the output goes to needs no more lines than this to show that something happens.
const PLAIN_STEPS = 4;

/** The output of this process; `NO_COLOR` is respected. */
export const stdout: Screen = {
  isTerminal: Deno.stdout.isTerminal(),
  hasColor: Deno.stdout.isTerminal() && !Deno.noColor,
  write(text): void {
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) {
      done += Deno.stdout.writeSync(bytes.subarray(done));
    }
  },
};

/** Shows a bar on one line of a terminal, and a line from time to time anywhere else. */
export function startProgress(
  options: { label: string; total: number },
  screen: Screen = stdout,
): Progress {
  return screen.isTerminal
    ? drawBar(options, screen)
    : writeLines(options, screen);
}

function drawBar(
  options: { label: string; total: number },
  screen: Screen,
): Progress {
  const { label, total } = options;
  return {
    update(done): void {
      const filled = Math.floor(WIDTH * done / total);
      const bar = paint("█".repeat(filled), screen) +
        "░".repeat(WIDTH - filled);
      screen.write(`\r  ${label}  ${bar}  ${of(done, total)}`);
    },
    [Symbol.dispose]: () => screen.write("\n"),
  };
}

function writeLines(
  options: { label: string; total: number },
  screen: Screen,
): Progress {
  const { label, total } = options;
  let shown = -1;
  return {
    update(done): void {
      const step = Math.floor(PLAIN_STEPS * done / total);
      if (step === shown) return;
      shown = step;
      screen.write(`  ${label}  ${of(done, total)}\n`);
    },
    [Symbol.dispose]: () => {},
  };
}

/** A number as people write it. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

function of(done: number, total: number): string {
  return `${count(done).padStart(5)} of ${count(total)}`;
}

function paint(text: string, { hasColor }: Screen): string {
  return hasColor ? `\x1b[32m${text}\x1b[0m` : text;
}
