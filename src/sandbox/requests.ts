/** The endpoints of the sandbox, each counted and given faults by this name. */
export type SandboxEndpoint =
  | "token"
  | "request-fields"
  | "connections"
  | "connection"
  | "file"
  | "changes"
  | "logs"
  | "key";

/** All endpoints. */
export const ENDPOINTS: readonly SandboxEndpoint[] = [
  "token",
  "request-fields",
  "connections",
  "connection",
  "file",
  "changes",
  "logs",
  "key",
];

/** What was asked of the sandbox, and how it answered. Holds no header but `Accept`, and no body. */
export interface SandboxRequest {
  /** Which endpoint it was; `null` for a path that the platform does not have. */
  readonly endpoint: SandboxEndpoint | null;
  /** HTTP method. */
  readonly method: string;
  /** Path of the URL, still percent-encoded. */
  readonly path: string;
  /** Query of the URL without the question mark; empty when there was none. */
  readonly query: string;
  /** The `Accept` header; `null` when there was none. */
  readonly accept: string | null;
  /** Status of the answer; `0` when the server was closed, or a caller in this process gave up, before there was one. */
  readonly status: number;
  /** The kind of the fault that was at work, or `null`. */
  readonly fault: string | null;
}

/** Counts what was asked and remembers the last requests. */
export interface SandboxRequests {
  /** How many requests of any kind were answered. */
  readonly total: number;
  /** How many requests of one endpoint were answered, whatever the status. */
  count(endpoint: SandboxEndpoint): number;
  /** The remembered requests, oldest first. The counters go on after the oldest were forgotten. */
  list(endpoint?: SandboxEndpoint): readonly SandboxRequest[];
  /** Sets the counters to zero and forgets the requests. */
  clear(): void;
}

/** The writing side, which only the sandbox has. */
export interface RequestLog {
  readonly view: SandboxRequests;
  add(request: SandboxRequest): void;
}

/** Creates a log that remembers the last `most` requests. */
export function createRequestLog(most: number): RequestLog {
  const counts = new Map<SandboxEndpoint | null, number>();
  let kept: SandboxRequest[] = [];
  const count = (name: SandboxEndpoint | null): number => counts.get(name) ?? 0;
  return {
    add(request): void {
      counts.set(request.endpoint, count(request.endpoint) + 1);
      kept.push(request);
      if (kept.length > most) kept.shift();
    },
    view: {
      get total(): number {
        return [...counts.values()].reduce((sum, n) => sum + n, 0);
      },
      count,
      list: (endpoint) =>
        kept.filter((request) =>
          endpoint === undefined || request.endpoint === endpoint
        ),
      clear(): void {
        counts.clear();
        kept = [];
      },
    },
  };
}
