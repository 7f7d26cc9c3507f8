// Only what the command uses of cli-progress, which comes without types.

interface Settings {
  format: string;
  stream: { isTTY: boolean; columns: number; write(text: string): void };
  barsize: number;
  fps: number;
  hideCursor: boolean;
  clearOnComplete: boolean;
  gracefulExit: boolean;
}

declare class SingleBar {
  constructor(settings: Settings);
  start(total: number, value: number, payload?: object): void;
  setTotal(total: number): void;
  update(value: number, payload?: object): void;
  stop(): void;
}

declare const cliProgress: { readonly SingleBar: typeof SingleBar };
export default cliProgress;
