import { assertFunction } from "../_internal/assert.ts";
import { type Random, systemRandom } from "../_internal/backoff.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import type { JsonObject } from "../_internal/json.ts";
import { type Logger, silentLogger } from "../company_data/logger.ts";
import type { FetchLike } from "../http/send.ts";
import { fetchFor } from "./_fetch.ts";
import { readRequestConfig } from "./_request_config.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import type { FetchOptions, FetchResponse } from "./fetch.ts";
import type { RequestConfig, RequestSettings } from "./request_config.ts";

/** What an execution is made with. */
export interface ExecutionContextInit {
  /** The credentials, as the envelope `{auth_type, credentials}` or as fields alone. None by default. */
  readonly auth?: unknown;
  /** How `fetch` works; what is left out has its default. */
  readonly requestConfig?: RequestConfig | undefined;
  /** What the platform knows of the connection. Default is `{}`. */
  readonly metadata?: JsonObject | undefined;
  /** Is told what a person should look at; says nothing by default. */
  readonly logger?: Logger | undefined;
  /** Ends every call of `fetch` that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Sends requests; the host's own by default. */
  readonly fetch?: FetchLike | undefined;
  /** Time and waiting; the host's by default. */
  readonly clock?: Clock | undefined;
  /** Spreads retries; the host's by default. */
  readonly random?: Random | undefined;
}

/** The part of a context that an execution itself needs, so that a test can pass a plain object. */
export interface ContextLike {
  /** The credentials in either form. */
  readonly auth: unknown;
  /** Is told of outputs that are let through. */
  readonly logger?: Logger;
  /** Sends a request. */
  fetch(url: string | URL, options?: FetchOptions): Promise<FetchResponse>;
}

/** What a handler works with: credentials, facts of the connection, and a `fetch` that uses both. */
export class ExecutionContext implements ContextLike {
  /** The credentials exactly as they were given. */
  readonly auth: unknown;
  /** How `fetch` works, with all defaults. */
  readonly config: RequestSettings;
  /** What the platform knows of the connection. */
  readonly metadata: JsonObject;
  /** Is told what a person should look at. */
  readonly logger: Logger;
  readonly #fetch: ReturnType<typeof fetchFor>;

  /**
   * Creates a context; nothing is sent.
   *
   * @throws {RangeError} When a number of `requestConfig` is out of bounds.
   * @throws {TypeError} When an option has the wrong type.
   */
  constructor(init: ExecutionContextInit = {}) {
    const { auth = {}, metadata = {}, logger = silentLogger } = init;
    const send = init.fetch ?? ((url, request) => fetch(url, request));
    assertFunction(send, "fetch");
    this.auth = auth;
    this.config = readRequestConfig(init.requestConfig ?? {});
    this.metadata = metadata;
    this.logger = logger;
    this.#fetch = fetchFor({
      auth,
      config: this.config,
      signal: init.signal,
      tools: {
        fetch: send,
        clock: init.clock ?? systemClock,
        random: init.random ?? systemRandom,
      },
    });
  }

  /** The credentials in one form, whichever they came in. */
  get credentials(): Credentials {
    return readCredentials(this.auth);
  }

  /**
   * Sends a request with the credentials and gives the answer when its status is below 400.
   *
   * The access token of `PlatformOauth2` is sent as `Authorization: Bearer`, and a key or a password where
   * `requestConfig` says how; never when the request has an `Authorization` of its own. Up to ten redirects are
   * followed. To another origin goes neither a header that carries a credential, by its name, nor the body: a redirect
   * that would take it there is an error unless `forwardBody` is set.
   *
   * Failed connections and attempts out of time are tried again for methods that are idempotent, all within
   * `deadlineMs`. Body and URL are made once, so that every attempt sends the same.
   *
   * @param url Where to; its path and query are sent as they are written.
   * @param options What, and how.
   * @returns Status, headers and body.
   * @throws {RateLimitError} For a 429, with the seconds to wait; `responseData` is the text of the answer.
   * @throws {HTTPError} For any other status from 400 up; `responseData` is the body.
   * @throws {ApiError} When there is no usable answer: `errorKey` is `http.network`, `http.timeout`,
   * `http.deadline`, `http.redirect`, `http.too_large` or `http.foreign_url`.
   * @throws {AuthError} When a credential cannot be sent in a header.
   */
  fetch(url: string | URL, options: FetchOptions = {}): Promise<FetchResponse> {
    return this.#fetch(url, options);
  }
}
