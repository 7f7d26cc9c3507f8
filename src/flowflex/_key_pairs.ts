import type { ConfigProblem } from "../errors.ts";
import type { KeyPair } from "./credentials.ts";

/** What is wrong with a pair; each problem names its field below the prefix. */
export function pairProblems(pair: unknown, prefix: string): ConfigProblem[] {
  const { apiKey, apiSecret } = Object(pair) as Partial<KeyPair>;
  return [
    // RFC 7617 section 2: the first colon ends the user name.
    ...textProblem(apiKey, `${prefix}apiKey`, { without: ":" }),
    ...textProblem(apiSecret, `${prefix}apiSecret`),
  ];
}

/** What is wrong with a text of the options, as a list of one or none. */
export function textProblem(
  value: unknown,
  field: string,
  { without }: { without?: string } = {},
): ConfigProblem[] {
  if (typeof value !== "string" || value === "") {
    return [{ field, message: "it is required, wanted a text" }];
  }
  if (/\p{Cc}/u.test(value) || !value.isWellFormed()) {
    return [{ field, message: "wanted a text without control characters" }];
  }
  return without !== undefined && value.includes(without)
    ? [{ field, message: `wanted a text without "${without}"` }]
    : [];
}
