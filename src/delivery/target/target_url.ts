import { ValidationError } from "../../errors.ts";
import { parseUrl } from "../../http/base_url.ts";
import { isAddress, isLoopbackAddress, isPublicAddress } from "./_address.ts";
import { isPublicName } from "./_address_names.ts";
import type { TargetRules } from "./target_policy.ts";

const FORM = "wanted an absolute https URL";

// Looked for in the text itself: the URL parser drops or repairs all of them without a word.
const TEXT_RULES: readonly (readonly [RegExp, string])[] = [
  [
    /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\\]/u,
    "wanted a URL without blanks, backslashes and characters that are not seen",
  ],
  [/#/, "wanted a URL without a fragment, which is never sent"],
];
const AUTHORITY_RULES: readonly (readonly [RegExp, string])[] = [
  [/@/, "wanted a URL without user name and password"],
  [/%/, "wanted a host without percent-encoding"],
];

/** The URL of a target as it may be fetched, as far as its text can tell. */
export function readTargetUrl(text: unknown, rules: TargetRules): URL {
  if (typeof text !== "string") throw refusal(FORM);
  const { maxUrlLength } = rules;
  const length = `wanted at most ${maxUrlLength} characters`;
  if (text.length > maxUrlLength) throw refusal(length);
  refuseMatches(text, TEXT_RULES);
  const authority = /^https?:\/\/([^/?]+)/i.exec(text)?.[1];
  if (authority === undefined) throw refusal(FORM);
  refuseMatches(authority, AUTHORITY_RULES);
  const url = parseUrl(text);
  if (!url) throw refusal(FORM);
  url.hostname = url.hostname.replace(/\.$/, "");
  if (url.href.length > maxUrlLength) throw refusal(length);
  refusePlace(url, rules);
  return url;
}

/** The address that a URL names instead of a host, without brackets. */
export function literalAddress({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return isAddress(bare) ? bare : undefined;
}

/** Tells whether a URL leads to the machine itself by its text alone. */
export function isLoopbackUrl(url: URL): boolean {
  return url.hostname === "localhost" ||
    isLoopbackAddress(literalAddress(url) ?? "");
}

/** Why a target is not used. The text itself is never repeated: it may hold a password or a token. */
export function refusal(state: string): ValidationError {
  return new ValidationError(`Cannot use to: ${state}`, { field: "to" });
}

function refusePlace(url: URL, { loopback, ports }: TargetRules): void {
  if (loopback && isLoopbackUrl(url)) return;
  if (url.protocol !== "https:") throw refusal(FORM);
  const port = url.port === "" ? 443 : Number(url.port);
  if (!ports.includes(port)) {
    throw refusal(`wanted one of the ports ${ports.join(", ")}, got ${port}`);
  }
  const address = literalAddress(url);
  const isPublic = address === undefined
    ? isPublicName(url.hostname)
    : isPublicAddress(address);
  if (!isPublic) throw refusal("wanted a host of the public internet");
}

function refuseMatches(
  text: string,
  rules: readonly (readonly [RegExp, string])[],
): void {
  const broken = rules.find(([pattern]) => pattern.test(text));
  if (broken) throw refusal(broken[1]);
}
