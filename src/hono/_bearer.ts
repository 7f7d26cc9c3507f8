import { encodeUtf8 } from "../_internal/bytes.ts";
import { hmacSha256 } from "../_internal/hmac.ts";
import type { RouteContext } from "./route.ts";

const SHORTEST_TOKEN = 16;

/** Refuses a token that can be guessed. */
export function assertToken(token: unknown): asserts token is string {
  if (
    typeof token === "string" && token.length >= SHORTEST_TOKEN &&
    /^[\x21-\x7e]+$/.test(token)
  ) return;
  throw new TypeError(
    `Cannot use token: wanted at least ${SHORTEST_TOKEN} visible ASCII characters`,
  );
}

/** Tells whether a request carries the bearer token; a wrong one of any length costs the same. */
export function bearerCheck(
  token: string,
): (c: RouteContext) => Promise<boolean> {
  // Compared as tags under a key that nobody knows, so that the time says nothing about the token.
  const hmac = hmacSha256(crypto.getRandomValues(new Uint8Array(32)));
  return async (c) => {
    const given = c.req.raw.headers.get("authorization") ?? "";
    // The name of the scheme is not case-sensitive (RFC 9110 section 11.1).
    const shown = given.replace(/^bearer /i, "Bearer ");
    const expected = await hmac.sign(encodeUtf8(`Bearer ${token}`));
    return await hmac.verify(encodeUtf8(shown), expected);
  };
}
