/** Refuses a number of the programmer's that is not a whole one within bounds. */
export function assertInteger(
  value: number,
  name: string,
  bounds: { min: number; max?: number },
): void {
  const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot use ${name}: wanted a whole number from ${min} to ${max}, got ${value}`,
  );
}

/** Refuses a span of milliseconds that is negative or not a number; `Infinity` means no limit. */
export function assertMs(value: number, name: string): void {
  if (typeof value === "number" && value >= 0) return;
  throw new RangeError(
    `Cannot use ${name}: wanted milliseconds from 0 up, got ${value}`,
  );
}

/** Refuses anything but a function. */
export function assertFunction(value: unknown, name: string): void {
  if (typeof value === "function") return;
  throw new TypeError(
    `Cannot use ${name}: wanted a function, got ${typeof value}`,
  );
}

/** Refuses anything but `true` and `false`. */
export function assertBoolean(value: unknown, name: string): void {
  if (typeof value === "boolean") return;
  throw new TypeError(
    `Cannot use ${name}: wanted true or false, got ${typeof value}`,
  );
}

/** Refuses anything but an `AbortSignal`, of whatever realm, or nothing. */
export function assertSignal(value: unknown, name = "signal"): void {
  if (value === undefined) return;
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  if (typeof aborted === "boolean" && typeof addEventListener === "function") {
    return;
  }
  throw new TypeError(
    `Cannot use ${name}: wanted an AbortSignal, got ${typeof value}`,
  );
}
