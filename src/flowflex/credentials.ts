/** What an integration signs in with. */
export interface KeyPair {
  /** The key, `cik_…`. Without a colon. */
  readonly apiKey: string;
  /** The secret, `cisk_…`. */
  readonly apiSecret: string;
}

/** What a {@linkcode CredentialProvider} is told. */
export interface CredentialRequest {
  /** Whether the platform has refused what was given for this call: give what is new, not what a cache holds. */
  readonly isRefused: boolean;
  /** Aborts when the call is over. */
  readonly signal: AbortSignal;
}

/**
 * Gives the pair to sign in with. It is asked once for each call of a method, and once more when the platform answers
 * 401. What it throws ends the call and goes into no error but by class and code, since it may hold a secret.
 */
export type CredentialProvider = (
  request: CredentialRequest,
) => KeyPair | Promise<KeyPair>;

/**
 * One pair; several, of which the next is tried when one is refused with a 401, and the one that works is kept; or a
 * function that gives one.
 */
export type Credentials = KeyPair | readonly KeyPair[] | CredentialProvider;

/** What signs in: one pair, or whatever gives one. */
export type SignInOptions =
  | KeyPair & {
    /** In their place. */
    readonly credentials?: undefined;
  }
  | {
    /** In place of `credentials`. */
    readonly apiKey?: undefined;
    /** In place of `credentials`. */
    readonly apiSecret?: undefined;
    /** A pair, several for a rotation without a gap, or a function that asks where secrets are kept. */
    readonly credentials: Credentials;
  };
