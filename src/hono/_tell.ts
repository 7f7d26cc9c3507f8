/** Nothing waits for whoever is told, and nobody is left to hear that the telling failed. */
export function tell<A extends readonly unknown[]>(
  listener: ((...what: A) => unknown) | undefined,
  ...what: A
): void {
  (async () => await listener?.(...what))().catch(() => {});
}
