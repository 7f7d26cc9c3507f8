/** Where `fetch` puts an API key. */
export interface ApiKeyInjection {
  /** The field of the credentials that holds it. Default is `"api_key"`. */
  readonly field?: string | undefined;
  /** The header that carries it. Default is `"X-API-Key"` where there is no `query`. */
  readonly header?: string | undefined;
  /** Text before the key in the header, such as `"Token "`. None by default. */
  readonly prefix?: string | undefined;
  /** The parameter of the query that carries it instead of a header. */
  readonly query?: string | undefined;
}

/** Which fields `fetch` sends as HTTP Basic (RFC 7617). */
export interface BasicInjection {
  /** The field that holds the user name. Default is `"username"`. */
  readonly username?: string | undefined;
  /** The field that holds the password. Default is `"password"`. */
  readonly password?: string | undefined;
}

/** How {@linkcode ExecutionContext.fetch} works. */
export interface RequestConfig {
  /** Attempts after the first one. Default is 3. */
  readonly maxRetries?: number | undefined;
  /**
   * Milliseconds for one attempt. Default is 8,000 where a call is tried again, so that a hung request leaves time for
   * another within `deadlineMs`, and all of `deadlineMs` where it is not.
   */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for one call with waits and retries. Default is 25,000, which is below what platforms grant. */
  readonly deadlineMs?: number | undefined;
  /**
   * Statuses that are tried again, after the time of their `Retry-After`; `true` means 429, 502, 503 and 504. None by
   * default.
   */
  readonly retryStatuses?: boolean | readonly number[] | undefined;
  /** Longest body of an answer in bytes. Default is 50 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /**
   * Hosts that may be asked, redirects among them: a name, or `*.` before a name for all below it. Without a port
   * every port of the host is allowed, with one such as `example.com:8443` only that. All hosts by default.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Sends an API key out of the credentials. Not done by default. */
  readonly apiKey?: ApiKeyInjection | undefined;
  /** Sends user name and password out of the credentials. Not done by default. */
  readonly basic?: BasicInjection | undefined;
}

/** {@linkcode RequestConfig} with all defaults. */
export interface RequestSettings {
  /** Attempts after the first one. */
  readonly maxRetries: number;
  /** Milliseconds for one attempt; `null` for 8,000 where a call is tried again, and no limit of its own elsewhere. */
  readonly timeoutMs: number | null;
  /** Milliseconds for one call. */
  readonly deadlineMs: number;
  /** Statuses that are tried again. */
  readonly retryStatuses: readonly number[];
  /** Longest body of an answer in bytes. */
  readonly maxResponseBytes: number;
  /** Hosts that may be asked; `null` for all. */
  readonly allowedHosts: readonly string[] | null;
  /** How an API key is sent; `null` for not at all. */
  readonly apiKey: ApiKeyInjection | null;
  /** Which fields are sent as HTTP Basic; `null` for none. */
  readonly basic: BasicInjection | null;
}
