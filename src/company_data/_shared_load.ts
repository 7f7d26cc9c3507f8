import { unlessAborted } from "../_internal/abort.ts";

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
  settled: boolean;
}

/**
 * Loads something once for all who ask and keeps it. A failure is not kept. A caller that aborts leaves the others
 * alone; when the last one has left, the load itself is aborted.
 */
export class SharedLoad<T> {
  readonly #load: (signal: AbortSignal) => Promise<T>;
  #flight: Flight<T> | undefined;

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load;
  }

  /** What was loaded, or what is being loaded, or a new load. */
  async get(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flight ??= this.#start();
    flight.waiting++;
    try {
      return await unlessAborted(flight.result, signal);
    } finally {
      flight.waiting--;
      if (flight.waiting === 0 && !flight.settled) this.#stop(flight, signal);
    }
  }

  #start(): Flight<T> {
    const controller = new AbortController();
    const result = this.#load(controller.signal);
    const flight = { result, controller, waiting: 0, settled: false };
    result.then(
      () => flight.settled = true,
      () => {
        flight.settled = true;
        this.#forget(flight);
      },
    );
    return flight;
  }

  #stop(flight: Flight<T>, signal: AbortSignal | undefined): void {
    this.#forget(flight);
    flight.controller.abort(signal?.reason);
  }

  #forget(flight: Flight<T>): void {
    if (this.#flight === flight) this.#flight = undefined;
  }
}
