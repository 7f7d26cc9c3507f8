/** What `data` of a request may be. */
export type RequestData =
  | string
  | Uint8Array<ArrayBuffer>
  | ArrayBuffer
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream
  | readonly (readonly [string, unknown])[]
  | Readonly<Record<string, unknown>>;

/** How the body of an answer is given. */
export type ResponseType = "auto" | "json" | "text" | "bytes" | "stream";

/** How {@linkcode ExecutionContext.fetch} asks. */
export interface FetchOptions {
  /** The method. Default is `"GET"`. */
  readonly method?: string;
  /**
   * Parameters that are added to the query. `null` and `undefined` are left out, objects and lists become JSON, and
   * everything else becomes text.
   */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /**
   * A body. Text, bytes, blobs, forms and streams are sent as they are; an object or a list of pairs as a form, or as
   * JSON where the content type says so.
   */
  readonly data?: RequestData | null | undefined;
  /** A body that is sent as JSON; takes the place of `data`. `null` is none. */
  readonly json?: unknown;
  /** Headers, over all others; `null` and `undefined` are left out. */
  readonly headers?:
    | Readonly<Record<string, string | null | undefined>>
    | undefined;
  /** The content type, unless `headers` has one. */
  readonly contentType?: string | undefined;
  /** Milliseconds for one attempt; that of the context by default. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for all of it, with waits and retries; that of the context by default. */
  readonly deadlineMs?: number | undefined;
  /**
   * Whether failures that may pass are tried again. Default is `true` for methods that are idempotent (RFC 9110
   * section 9.2.2) and `false` for others. A stream is sent once.
   */
  readonly retry?: boolean | undefined;
  /** Statuses that count as such a failure; those of the context by default. */
  readonly retryStatuses?: readonly number[] | undefined;
  /**
   * How the body is given. `"auto"`, the default: JSON by its content type, else text, else bytes when it is no text.
   * A `"stream"` must be read to its end or cancelled.
   */
  readonly responseType?: ResponseType | undefined;
  /** Whether the credentials of the context are sent. Default is `true`. */
  readonly credentials?: boolean | undefined;
  /**
   * Whether a redirect that keeps the method (RFC 9110 section 15.4.8) may take the body to another origin. Default is
   * `false`: such a redirect is an error.
   */
  readonly forwardBody?: boolean | undefined;
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer with a status below 400. */
export interface FetchResponse {
  /** Its status. */
  readonly status: number;
  /** Its headers, whatever their case; `getSetCookie()` gives each cookie. */
  readonly headers: Headers;
  /** Its body in the form of `responseType`; `null` when there was none. */
  readonly data: unknown;
}
