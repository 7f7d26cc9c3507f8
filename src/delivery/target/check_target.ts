import { assertInteger, assertSignal } from "../../_internal/assert.ts";
import { LONGEST_TIMER_MS } from "../../_internal/clock.ts";
import { hostResolver } from "../../_internal/host.ts";
import { refusePrivateAddresses } from "./_target_addresses.ts";
import { isLoopbackUrl, literalAddress, readTargetUrl } from "./target_url.ts";
import {
  allowLoopback,
  readTargetPolicy,
  type TargetPolicy,
  type TargetRules,
} from "./target_policy.ts";

export { allowLoopback };
export type { TargetPolicy };

/** How {@linkcode checkTarget} waits for an answer of the DNS. */
export interface TargetCheckOptions {
  /**
   * Time for finding the addresses, in milliseconds.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
  /** Ends the check; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const RESOLVE_MS = 5000;

/**
 * Checks the URL of a target as far as its text tells, without any request.
 *
 * Accepted is an absolute `https` URL with a host of the public internet and a port of the policy. Refused are user
 * names and passwords, fragments, blanks, control characters and backslashes, percent-encoding in the host, names
 * without a dot or reserved for private use, and all literal addresses that are not public, in whatever form: decimal,
 * hexadecimal, octal and short IPv4, and IPv6 that holds an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
 *
 * @param url The text of the URL, as a subscriber gave it.
 * @param policy What is accepted.
 * @returns The URL to fetch, without a dot at the end of its host. Fetch this one and not the text.
 * @throws {ValidationError} When it is refused, with `to` as field. The message never repeats the text.
 * @throws {RangeError} For a policy that means nothing; {@linkcode TypeError} for one of a wrong type.
 */
export function checkTargetUrl(url: string, policy: TargetPolicy = {}): URL {
  return readTargetUrl(url, readTargetPolicy(policy));
}

/**
 * Checks the URL of a target as {@linkcode checkTargetUrl} does, finds the addresses of its host, and refuses it unless
 * every one is public.
 *
 * What it cannot do: `fetch` finds the address again when it connects, and a name of the attacker's own DNS can have
 * another one by then (rebinding). Call it directly before each request. What is left to the attacker is that the
 * sender opens a TLS connection to one of the policy's ports of an internal machine; unless that machine has a
 * certificate for the attacker's name, the connection ends before the first byte of the request. To close this too,
 * give the sender a `fetch` that connects to the address it checked, or send through a proxy that checks.
 *
 * Redirects must not be followed, since a redirect leads around this check. Where the host has no DNS to ask and the
 * policy has no `resolve`, the text alone is checked.
 *
 * @param url The text of the URL, as it is stored.
 * @param policy What is accepted.
 * @returns Resolves to the URL to fetch.
 * @throws {ValidationError} When it is refused, with `to` as field.
 * @throws {ApiError} `http.no_address` when the name has no address, `http.dns` when that cannot be found out in time;
 * both are retryable, and neither is a refusal.
 */
export async function checkTarget(
  url: string,
  policy: TargetPolicy = {},
  options: TargetCheckOptions = {},
): Promise<URL> {
  const { timeoutMs = RESOLVE_MS, signal } = options;
  assertInteger(timeoutMs, "timeoutMs", { min: 1, max: LONGEST_TIMER_MS });
  assertSignal(signal);
  const rules = readTargetPolicy(policy);
  const target = readTargetUrl(url, rules);
  const resolve = resolverFor(target, rules);
  if (resolve) {
    const { hostname } = target;
    await refusePrivateAddresses(hostname, { resolve, timeoutMs, signal });
  }
  return target;
}

function resolverFor(
  target: URL,
  { resolve }: TargetRules,
): TargetRules["resolve"] {
  // An address needs no DNS, and RFC 6761 section 6.3 wants localhost not to be asked for.
  const isKnown = literalAddress(target) !== undefined || isLoopbackUrl(target);
  return isKnown ? undefined : resolve ?? hostResolver();
}
