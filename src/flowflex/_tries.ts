import type { FetchLike } from "../http/send.ts";
import { requestIdOf } from "./_request_id.ts";

/** What the attempts of one request need. */
export interface TriesOptions {
  /** Is told of each one as it begins, from 1, with the status of the one before; 0 when that had no answer. */
  onAttempt(attempt: number, lastStatus: number): void;
  /** Texts that no error may repeat. */
  secrets(): readonly string[];
}

/** Counts the attempts of a request, and knows what the last one was answered. */
export class Tries {
  readonly #options: TriesOptions;
  #count = 0;
  #last: Pick<Response, "status" | "headers"> | undefined;

  constructor(options: TriesOptions) {
    this.#options = options;
  }

  /** How often it was made. */
  get count(): number {
    return this.#count;
  }

  /** What the other side calls the last one. */
  get requestId(): string | null {
    if (!this.#last) return null;
    return requestIdOf(this.#last.headers, this.#options.secrets());
  }

  /** The function that makes it, with each call counted. */
  counting(fetch: FetchLike): FetchLike {
    return async (url, init) => {
      const attempt = ++this.#count;
      this.#options.onAttempt(attempt, this.#last?.status ?? 0);
      this.#last = undefined;
      const response = await fetch(url, init);
      const { status, headers } = response;
      // One that was given up may still be answered.
      if (attempt === this.#count) this.#last = { status, headers };
      return response;
    };
  }
}
