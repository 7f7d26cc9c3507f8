/** Tells when the user presses Ctrl-C, so that what was started can be ended and removed first. */
export interface Interrupt extends Disposable {
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Listens for Ctrl-C until it is disposed of. */
export function onInterrupt(): Interrupt {
  const stop = new AbortController();
  const listener = (): void => stop.abort();
  Deno.addSignalListener("SIGINT", listener);
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", listener),
  };
}
