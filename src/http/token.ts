import { unlessAborted } from "../_internal/abort.ts";
import { jitter, type Random } from "../_internal/backoff.ts";
import { AuthError } from "../errors.ts";
import type { Call } from "./_call.ts";
import { type GrantOptions, requestGrant } from "./_grant.ts";
import { MOST_WAIT_MS } from "./_retry.ts";

/** What a token source works with. */
export interface TokenOptions extends GrantOptions {
  /** Picks the moment of renewal. */
  readonly random: Random;
  /** Time for one token request. */
  readonly timeoutMs: number;
}

interface Token {
  readonly value: string;
  readonly expiresAt: number;
  renewAt: number;
}

interface Flight {
  readonly token: Promise<Token>;
  readonly stop: AbortController;
  readonly endsAt: number;
  waiting: number;
}

// Every instance picks its own moment in the last fifth of a token's life, so that they do not renew together.
const RENEWAL_SHARE = 0.2;
const RENEW_AGAIN_MS = 30_000;

/**
 * The access token of one client.
 *
 * However many calls want a token, one request is under way at most. The calls that wait for it own it: it is stopped
 * when the last of them has gone, so nothing runs on after the calls that wanted it.
 */
export class TokenSource {
  readonly #options: TokenOptions;
  #current: Token | undefined;
  #flight: Flight | undefined;
  #refusal: { readonly error: AuthError; readonly until: number } | undefined;

  /** Creates the source; nothing is sent before the first `get`. */
  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /**
   * A token that is valid now. Near its end one call renews it and the others go on with the old one.
   *
   * @throws {AuthError} when there is none to be had; or the reason why the call is over.
   */
  async get(call: Call): Promise<string> {
    const token = this.#current;
    const now = this.#options.clock.now();
    if (!token || now >= token.expiresAt) {
      return (await this.#join(call, this.#options.timeoutMs)).value;
    }
    if (now < token.renewAt || this.#underWay()) return token.value;
    return await this.#renewEarly(token, call);
  }

  /** Forgets a token that the platform refused, unless a newer one has taken its place. */
  drop(token: string): void {
    if (this.#current?.value === token) this.#current = undefined;
  }

  // The old token still serves: a failure only means to try again later, and a hang may not eat the whole call.
  async #renewEarly(token: Token, call: Call): Promise<string> {
    const { clock, random, timeoutMs } = this.#options;
    const leftMs = Math.min(call.remainingMs(), timeoutMs);
    try {
      return (await this.#join(call, leftMs / 2)).value;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      token.renewAt = clock.now() + jitter(RENEW_AGAIN_MS, random);
      return token.value;
    }
  }

  async #join(call: Call, timeoutMs: number): Promise<Token> {
    const flight = this.#underWay() ?? this.#launch(timeoutMs);
    flight.waiting++;
    try {
      return await unlessAborted(flight.token, call.signal);
    } finally {
      if (--flight.waiting === 0) this.#land(flight);
    }
  }

  // A Worker whose request has ended leaves its promises unsettled for ever, so a flight also ends by the clock.
  #underWay(): Flight | undefined {
    const flight = this.#flight;
    if (!flight) return undefined;
    return this.#options.clock.now() < flight.endsAt ? flight : undefined;
  }

  #launch(timeoutMs: number): Flight {
    this.#throwRefusal();
    const stop = new AbortController();
    const token = this.#request(timeoutMs, stop.signal);
    const endsAt = this.#options.clock.now() + timeoutMs;
    this.#flight = { token, stop, endsAt, waiting: 0 };
    return this.#flight;
  }

  #land(flight: Flight): void {
    if (this.#flight === flight) this.#flight = undefined;
    flight.stop.abort();
  }

  async #request(timeoutMs: number, signal: AbortSignal): Promise<Token> {
    const { clock, random } = this.#options;
    const askedAt = clock.now();
    try {
      const limits = { timeoutMs, signal };
      const { value, lifetimeMs } = await requestGrant(this.#options, limits);
      const expiresAt = askedAt + lifetimeMs;
      const renewAt = expiresAt - jitter(lifetimeMs * RENEWAL_SHARE, random);
      this.#current = { value, expiresAt, renewAt };
      return this.#current;
    } catch (error) {
      this.#rememberRefusal(error);
      throw error;
    }
  }

  // The endpoint limits by IP address: asking again before the time it named would cost everyone behind that address.
  #rememberRefusal(error: unknown): void {
    if (!(error instanceof AuthError) || error.retryAfter === null) return;
    const ms = Math.min(error.retryAfter * 1000, MOST_WAIT_MS);
    this.#refusal = { error, until: this.#options.clock.now() + ms };
  }

  #throwRefusal(): void {
    const refusal = this.#refusal;
    const leftMs = refusal ? refusal.until - this.#options.clock.now() : 0;
    if (!refusal || leftMs <= 0) return;
    const { message, status, errorKey, retryable } = refusal.error;
    const retryAfter = Math.ceil(leftMs / 1000);
    throw new AuthError(message, { status, errorKey, retryable, retryAfter });
  }
}
