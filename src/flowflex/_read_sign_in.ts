import type { ConfigProblem } from "../errors.ts";
import { pairProblems } from "./_key_pairs.ts";
import type { Pairs } from "./_key_ring.ts";
import type {
  CredentialProvider,
  Credentials,
  KeyPair,
  SignInOptions,
} from "./credentials.ts";

/** What signs in; of no use when there are problems. */
export interface SignInSource {
  readonly source: Pairs | CredentialProvider;
  readonly problems: readonly ConfigProblem[];
}

const FIELD = "credentials";

/** Reads what signs in, from either place. */
export function readSignIn(options: SignInOptions): SignInSource {
  const { apiKey, apiSecret, credentials } = options;
  if (credentials === undefined) {
    const pair = copyPair({ apiKey, apiSecret });
    return { source: [pair], problems: pairProblems(pair, "") };
  }
  if (apiKey !== undefined || apiSecret !== undefined) {
    return wrong('wanted either it or "apiKey" and "apiSecret"');
  }
  return readCredentials(credentials);
}

function readCredentials(credentials: Credentials): SignInSource {
  if (typeof credentials === "function") {
    return { source: credentials, problems: [] };
  }
  if (!Array.isArray(credentials)) {
    const pair = copyPair(credentials);
    return { source: [pair], problems: pairProblems(pair, `${FIELD}.`) };
  }
  const [first, ...others] = credentials.map(copyPair);
  if (!first) return wrong("it is empty, wanted a pair at least");
  const pairs: Pairs = [first, ...others];
  const problems = pairs.flatMap((pair, i) =>
    pairProblems(pair, `${FIELD}[${i}].`)
  );
  return { source: pairs, problems };
}

function wrong(message: string): SignInSource {
  const nobody = { apiKey: "", apiSecret: "" };
  return { source: [nobody], problems: [{ field: FIELD, message }] };
}

// What they are is judged next.
function copyPair(pair: unknown): KeyPair {
  const { apiKey, apiSecret } = Object(pair) as KeyPair;
  return { apiKey, apiSecret };
}
