import { USER_AGENT } from "../_internal/user_agent.ts";
import type { UploadError } from "../errors.ts";
import { createScrub, type HttpAnswer, send } from "../http/send.ts";
import {
  type Purpose,
  refusal,
  RETRY_STATUSES,
  unanswered,
} from "./_failure.ts";
import type { Login } from "./_key_ring.ts";
import type { Scope } from "./_scope.ts";
import { SignIn } from "./_sign_in.ts";
import type { Tries } from "./_tries.ts";
import type { FlowFlexSettings } from "./client_options.ts";

/** One call to the platform. */
export interface ApiCall {
  /** Segments below the base; each is percent-encoded. */
  readonly path: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
  /** JSON text; no value of it may stand in the words of an error. */
  readonly payload?: string;
  readonly purpose: Purpose & { readonly tries: Tries };
}

const MOST_ANSWER_BYTES = 1024 * 1024;

/** The platform's API as one call of a method uses it. */
export class Api {
  readonly #settings: FlowFlexSettings;
  readonly #scope: Scope;
  readonly #signIn: SignIn;

  constructor(settings: FlowFlexSettings, scope: Scope) {
    this.#settings = settings;
    this.#scope = scope;
    this.#signIn = new SignIn(settings.keys, scope);
  }

  /** Texts that no error may repeat. */
  get secrets(): readonly string[] {
    return this.#signIn.secrets;
  }

  /**
   * Posts JSON and gives a 2xx answer. After a 401 another key pair is tried while there is one.
   *
   * @throws {UploadError} for every other answer and for none, and when there is no key pair.
   */
  async post(call: ApiCall): Promise<HttpAnswer> {
    let login = await this.#signIn.current();
    for (;;) {
      const answer = await this.#send(call, login);
      if (answer.status >= 200 && answer.status < 300) {
        this.#signIn.worked(login);
        return answer;
      }
      const next = answer.status === 401
        ? await this.#signIn.after(login)
        : undefined;
      if (!next) throw this.#refusal(call, answer);
      login = next;
    }
  }

  #refusal({ purpose, payload }: ApiCall, answer: HttpAnswer): UploadError {
    const now = this.#settings.tools.clock.now();
    const scrub = createScrub(this.secrets);
    return refusal(answer, { purpose, scrub, payload, now });
  }

  async #send(call: ApiCall, { basic }: Login): Promise<HttpAnswer> {
    const { path, headers, body, purpose } = call;
    const scope = this.#scope;
    const { base, attemptTimeoutMs, maxRetries, tools } = this.#settings;
    const tail = path.map((segment) => `/${encodeURIComponent(segment)}`);
    try {
      return await send({
        url: new URL(base + tail.join("")),
        method: "POST",
        headers: {
          ...headers,
          "accept": "application/json",
          "authorization": `Basic ${basic}`,
          "content-type": "application/json",
          "user-agent": USER_AGENT,
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
      }, { ...tools, fetch: purpose.tries.counting(tools.fetch) });
    } catch (error) {
      scope.throwIfOver();
      throw unanswered(error, purpose);
    }
  }
}
