import { type Call, errorAnswer } from "./_call.ts";
import { randomText } from "./options.ts";
import type { State } from "./_state.ts";

/** Hands out a token, and forgets those that have run out. */
export function issueToken(state: State): string {
  const now = state.clock.now();
  for (const [token, until] of state.tokens) {
    if (until <= now) state.tokens.delete(token);
  }
  const token = randomText();
  state.tokens.set(token, now + state.settings.tokenLifetimeSeconds * 1000);
  return token;
}

/** The 401 for a request without a token that is good now; `undefined` when there is one. */
export function refusal(call: Call): Response | undefined {
  const { state, request } = call;
  const header = request.headers.get("authorization") ?? "";
  const [scheme = "", token = "", ...rest] = header.split(" ");
  const until = state.tokens.get(token);
  if (
    scheme.toLowerCase() === "bearer" && rest.length === 0 &&
    until !== undefined && state.clock.now() < until
  ) return undefined;
  return errorAnswer(call, {
    status: 401,
    key: "auth.expired",
    message: "The access token is unknown or has expired",
  });
}
