import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import {
  createScrub,
  type HttpAnswer,
  type Scrub,
  send,
} from "../http/send.ts";
import {
  type Purpose,
  refusal,
  RETRY_STATUSES,
  unanswered,
} from "./_failure.ts";
import type { Scope } from "./_scope.ts";
import type { FlowFlexSettings, KeyPair } from "./client_options.ts";

/** One call to the platform. */
export interface ApiCall {
  /** Segments below the base; each is percent-encoded. */
  readonly path: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
  /** JSON text; no value of it may stand in the words of an error. */
  readonly payload?: string;
  readonly purpose: Purpose;
  readonly scope: Scope;
}

const MOST_ANSWER_BYTES = 1024 * 1024;

/** The platform's API under one of the key pairs. */
export class Api {
  readonly #settings: FlowFlexSettings;
  readonly #scrub: Scrub;
  readonly #logins: readonly string[];
  #current = 0;

  /** Texts that no error may repeat. */
  readonly secrets: readonly string[];

  constructor(settings: FlowFlexSettings) {
    this.#settings = settings;
    const pairs = settings.keys.map((each) => each.reveal());
    this.#logins = pairs.map(basic);
    this.secrets = [
      ...pairs.flatMap(({ apiKey, apiSecret }) => [apiKey, apiSecret]),
      ...this.#logins,
    ];
    this.#scrub = createScrub(this.secrets);
  }

  /**
   * Posts JSON and gives a 2xx answer. A 401 is tried once with each other key pair, and the one that works is kept.
   *
   * @throws {UploadError} for every other answer and for none.
   */
  async post(call: ApiCall): Promise<HttpAnswer> {
    for (let tried = 1;; tried++) {
      const used = this.#current;
      const answer = await this.#send(call, used);
      const { status } = answer;
      if (status >= 200 && status < 300) return answer;
      if (status !== 401 || tried >= this.#logins.length) {
        const now = this.#settings.tools.clock.now();
        const { purpose, payload } = call;
        const scrub = this.#scrub;
        throw refusal(answer, { purpose, scrub, payload, now });
      }
      // Another call may have moved on already.
      if (this.#current === used) {
        this.#current = (used + 1) % this.#logins.length;
      }
    }
  }

  async #send(call: ApiCall, login: number): Promise<HttpAnswer> {
    const { path, headers, body, purpose, scope } = call;
    const { base, attemptTimeoutMs, maxRetries, tools } = this.#settings;
    const tail = path.map((segment) => `/${encodeURIComponent(segment)}`);
    try {
      return await send({
        url: new URL(base + tail.join("")),
        method: "POST",
        headers: {
          ...headers,
          "accept": "application/json",
          "authorization": `Basic ${this.#logins[login]}`,
          "content-type": "application/json",
        },
        body,
        timeoutMs: scope.remainingMs(),
        attemptTimeoutMs,
        maxResponseBytes: MOST_ANSWER_BYTES,
        retry: true,
        maxRetries,
        retryStatuses: RETRY_STATUSES,
        secrets: this.secrets,
        signal: scope.signal,
      }, tools);
    } catch (error) {
      scope.throwIfOver();
      throw unanswered(error, purpose);
    }
  }
}

// RFC 7617 section 2.
function basic({ apiKey, apiSecret }: KeyPair): string {
  return toBase64(encodeUtf8(`${apiKey}:${apiSecret}`));
}
