/** Tokens of the pointer that the validator made, a URI fragment such as `#/a%20b/0` (RFC 6901 section 6). */
export function fragmentTokens(fragment: string): string[] {
  return decodeURIComponent(fragment.replace(/^#/, "")).split("/").slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The JSON Pointer of tokens (RFC 6901 section 3). */
export function toPointer(tokens: readonly string[]): string {
  return tokens.map((token) =>
    `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`
  ).join("");
}
