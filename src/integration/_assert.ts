/** Refuses anything but an object. */
export function assertObject(value: unknown, name: string): void {
  if (typeof value === "object" && value !== null) return;
  throw new TypeError(
    `Cannot use ${name}: wanted an object, got ${
      value === null ? "null" : typeof value
    }`,
  );
}
