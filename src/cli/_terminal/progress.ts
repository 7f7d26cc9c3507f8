// @ts-types="./cli_progress.d.ts"
import cliProgress from "cli-progress";
import type { Output } from "./output.ts";

/** How far something has got. */
export interface Progress {
  /** Says how many are done, of how many as far as that is known, and what else there is to say. */
  update(done: number, of: { total?: number; text: string }): void;
  /** Takes the bar away. */
  stop(): void;
}

const LINE_EVERY = 1_000;

/** Shows progress on the standard error: a bar on a terminal, a line now and then elsewhere. */
export function startProgress(output: Output, unit: string): Progress {
  switch (output.progress) {
    case "bar":
      return startBar(output, unit);
    case "lines":
      return startLines(output, unit);
    case "none":
      return { update: () => {}, stop: () => {} };
  }
}

function startBar(output: Output, unit: string): Progress {
  const write = (text: string): void => output.raw(text);
  const bar = new cliProgress.SingleBar({
    format: `[{bar}] {value} ${unit}{text}`,
    stream: { isTTY: true, columns: output.columns, write },
    barsize: 24,
    fps: 10,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  });
  bar.start(1, 0, { text: "" }); // an empty bar: one of none would be full
  output.setBar(() => write("\r\x1b[2K"));
  return {
    update(done, { total = 0, text }): void {
      bar.setTotal(Math.max(total, done, 1));
      bar.update(done, { text });
    },
    stop(): void {
      bar.stop();
      output.setBar(undefined);
    },
  };
}

function startLines(output: Output, unit: string): Progress {
  let next = LINE_EVERY;
  return {
    update(done, { text }): void {
      if (done < next) return;
      next = (Math.floor(done / LINE_EVERY) + 1) * LINE_EVERY;
      output.note(`${done} ${unit}${text}`);
    },
    stop: () => {},
  };
}
