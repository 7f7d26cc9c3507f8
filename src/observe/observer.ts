import { assertFunction } from "../_internal/assert.ts";
import type { SluiceEvent } from "./events.ts";

/**
 * Is told events. It is called at once and what it returns is not waited for; what it throws, or rejects with, changes
 * nothing. A slow one costs its own time, so one that sends should only take note and send later.
 */
export type Observer<E> = (event: E) => unknown;

/** An {@linkcode Observer} that never throws. */
export type SafeObserver<E> = (event: E) => void;

/** The observer with that guarantee; `undefined` stays, so that nothing is made for nobody. */
export function safeObserver<E extends object>(
  observer: Observer<E> | undefined,
  onFailure: () => void = ignore,
): SafeObserver<E> | undefined {
  if (observer === undefined) return undefined;
  assertFunction(observer, "onEvent");
  // Frozen, because several observers may see the same one.
  return (event) => {
    call(observer, Object.freeze(event)).catch(onFailure);
  };
}

/**
 * Makes one observer of several. Each is told every event, whatever the others do.
 *
 * @example Log and trace
 * ```ts
 * import { combineObservers, jsonLogger, logObserver } from "@sluice/edge/observe";
 * import { otelObserver } from "@sluice/edge/otel";
 *
 * export const onEvent = combineObservers(logObserver(jsonLogger()), otelObserver());
 * ```
 *
 * @param observers Who is told, in this order.
 * @returns The observer to pass as `onEvent`.
 * @throws {TypeError} When one is not a function.
 */
export function combineObservers<E extends object = SluiceEvent>(
  ...observers: readonly Observer<E>[]
): (event: E) => void {
  const safe = observers.map((observer) => safeObserver(observer));
  return (event) => {
    for (const tell of safe) tell?.(event);
  };
}

// An asynchronous function, so that what it throws and what it rejects with come the same way.
async function call<E>(observer: Observer<E>, event: E): Promise<void> {
  await observer(event);
}

function ignore(): void {}
