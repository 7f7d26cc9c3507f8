/** Tokens of the pointer that the validator made, a URI fragment such as `#/a%20b/0` (RFC 6901 section 6). */
export function fragmentTokens(fragment: string): string[] {
  return decodeURIComponent(fragment.replace(/^#/, "")).split("/").slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}
