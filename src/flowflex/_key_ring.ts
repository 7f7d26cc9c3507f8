import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { UploadError } from "../errors.ts";
import { errorNote } from "../observe/error_note.ts";
import { pairProblems } from "./_key_pairs.ts";
import type {
  CredentialProvider,
  CredentialRequest,
  KeyPair,
} from "./credentials.ts";

/** A pair as the platform wants it. */
export interface Login {
  /** User name and password of RFC 7617, encoded. */
  readonly basic: string;
  /** Texts that no error may repeat. */
  readonly secrets: readonly string[];
}

/** Pairs, at least one. */
export type Pairs = readonly [KeyPair, ...KeyPair[]];

/** Logins, at least one. */
export type Logins = readonly [Login, ...Login[]];

/** Where the logins of a client come from. Printing it shows none of them. */
export class KeyRing {
  readonly #ask: (request: CredentialRequest) => Promise<Logins>;
  #working: string | undefined;

  constructor(source: Pairs | CredentialProvider) {
    if (typeof source === "function") {
      this.#ask = (request) => askProvider(source, request);
      return;
    }
    const [first, ...others] = source;
    const logins: Logins = [loginOf(first), ...others.map(loginOf)];
    this.#ask = () => Promise.resolve(logins);
  }

  /** The logins, the one that worked last in front. */
  async logins(request: CredentialRequest): Promise<Logins> {
    const logins = await this.#ask(request);
    const last = logins.find(({ basic }) => basic === this.#working);
    return last ? [last, ...logins.filter((each) => each !== last)] : logins;
  }

  /** Notes that the platform has taken it. */
  worked({ basic }: Login): void {
    this.#working = basic;
  }
}

async function askProvider(
  provider: CredentialProvider,
  request: CredentialRequest,
): Promise<Logins> {
  let given: KeyPair;
  try {
    given = await provider(request);
  } catch (error) {
    const { name, code } = errorNote(error);
    const note = code === undefined ? name : `${name} (${code})`;
    throw noCredentials(`their function failed with ${note}`, true);
  }
  const { apiKey, apiSecret } = Object(given) as KeyPair;
  const [problem] = pairProblems({ apiKey, apiSecret }, "");
  if (!problem) return [loginOf({ apiKey, apiSecret })];
  throw noCredentials(`"${problem.field}": ${problem.message}`, false);
}

function loginOf({ apiKey, apiSecret }: KeyPair): Login {
  // RFC 7617 section 2.
  const basic = toBase64(encodeUtf8(`${apiKey}:${apiSecret}`));
  return { basic, secrets: [apiKey, apiSecret, basic] };
}

// Without a cause: what a keeper of secrets throws may hold one.
function noCredentials(state: string, retryable: boolean): UploadError {
  return new UploadError(`Cannot get the credentials: ${state}`, {
    step: "send",
    errorKey: "sluice.no_credentials",
    retryable,
  });
}
