/** A call of `crypto.subtle`: its name, and the lengths of the bytes that it was given. */
export type SubtleCall = readonly [name: string, ...lengths: number[]];

const NAMES = [
  "decrypt",
  "digest",
  "encrypt",
  "importKey",
  "sign",
  "verify",
] as const;

/** Runs the work and gives all calls of `crypto.subtle` that were made meanwhile. */
export async function countSubtle(work: () => unknown): Promise<SubtleCall[]> {
  const calls: SubtleCall[] = [];
  const subtle = crypto.subtle as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  for (const name of NAMES) {
    const original = subtle[name];
    Object.defineProperty(subtle, name, {
      configurable: true,
      value(...args: unknown[]): unknown {
        calls.push([name, ...args.flatMap(lengthOf)]);
        return original?.apply(crypto.subtle, args);
      },
    });
  }
  try {
    await work();
  } finally {
    // The methods of the prototype show again.
    for (const name of NAMES) delete subtle[name];
  }
  return calls;
}

function lengthOf(argument: unknown): number[] {
  return argument instanceof Uint8Array ? [argument.length] : [];
}
