import { unlessAborted } from "../../_internal/abort.ts";
import { systemClock } from "../../_internal/clock.ts";
import { ApiError } from "../../errors.ts";
import { isPublicAddress } from "./_address.ts";
import { refusal } from "./target_url.ts";

/** Finds all addresses of a name, both A and AAAA. */
export type ResolveAddresses = (
  host: string,
  signal?: AbortSignal,
) => Promise<readonly string[]>;

/** How addresses are found, and for how long. */
export interface ResolveOptions {
  readonly resolve: ResolveAddresses;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Refuses a name unless each of its addresses is public. */
export async function refusePrivateAddresses(
  host: string,
  options: ResolveOptions,
): Promise<void> {
  const addresses = await resolveWithin(host, options);
  if (!Array.isArray(addresses)) {
    throw new TypeError("Cannot use resolve: wanted it to give a list");
  }
  if (addresses.length === 0) {
    throw dnsError("http.no_address", { host, state: "it has none" });
  }
  if (addresses.every((address) => isPublicAddress(String(address)))) return;
  // Not which one: who asks for the target must not learn what the network of the sender looks like.
  throw refusal("the name of the host leads to an address that is not public");
}

async function resolveWithin(
  host: string,
  { resolve, timeoutMs, signal }: ResolveOptions,
): Promise<readonly string[]> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const done = new AbortController();
  const timer = systemClock.sleep(timeoutMs, done.signal)
    .then(() => late.abort(), () => undefined);
  const over = AbortSignal.any(signal ? [signal, late.signal] : [late.signal]);
  try {
    return await unlessAborted(resolve(host, over), over);
  } catch (cause) {
    signal?.throwIfAborted();
    const isLate = late.signal.aborted;
    const state = isLate ? `it took over ${timeoutMs} ms` : whyNot(cause);
    throw dnsError("http.dns", { host, state, cause });
  } finally {
    done.abort();
    await timer;
  }
}

// The names of Deno's errors for a permission that is missing.
function whyNot(cause: unknown): string {
  const { name } = Object(cause) as { name?: unknown };
  return name === "NotCapable" || name === "PermissionDenied"
    ? 'there is no permission to ask the DNS, wanted --allow-net or the option "resolve"'
    : "the resolver failed";
}

function dnsError(
  errorKey: "http.dns" | "http.no_address",
  { host, state, cause }: { host: string; state: string; cause?: unknown },
): ApiError {
  const apiMessage = `Cannot find the addresses of ${host}: ${state}`;
  return new ApiError({
    status: 0,
    errorKey,
    apiMessage,
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
