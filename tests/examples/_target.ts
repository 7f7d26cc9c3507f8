/** What the examples pass on. */
export interface Passed {
  readonly key: string | null;
  readonly body: {
    readonly event: string;
    readonly personId: string;
    readonly value: unknown;
  };
}

/** The system of a user that examples pass changes on to. */
export interface Target extends AsyncDisposable {
  readonly url: string;
  /** What it has taken, in order. */
  readonly passed: readonly Passed[];
  /** What it does before it takes a change: it may throw, and then answers 503. */
  before: () => Promise<void> | void;
  /** Resolves once it has taken so many changes; rejects when that takes too long. */
  has(count: number): Promise<void>;
}

const LONGEST_WAIT_MS = 30_000;

/** Starts it on a free port. */
export function startTarget(): Target {
  const passed: Passed[] = [];
  let grown = Promise.withResolvers<void>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const body = await request.json();
    try {
      await target.before();
    } catch {
      return new Response("down", { status: 503 });
    }
    passed.push({ key: request.headers.get("idempotency-key"), body });
    grown.resolve();
    grown = Promise.withResolvers();
    return new Response("taken");
  });
  const target: Target = {
    url: `http://127.0.0.1:${server.addr.port}/changes`,
    passed,
    before: () => {},
    async has(count): Promise<void> {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => late.reject(new Error(`It has taken ${passed.length}`)),
        LONGEST_WAIT_MS,
      );
      try {
        while (passed.length < count) {
          await Promise.race([grown.promise, late.promise]);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return target;
}

/** The `ALLUS_…` variables that stand for a configuration. */
export function variablesOf(
  config: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      `ALLUS_${name.toUpperCase()}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
