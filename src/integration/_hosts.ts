import { ApiError } from "../errors.ts";

/** Throws when a host is not among the allowed ones; `null` allows all. */
export function requireAllowed(
  url: URL,
  allowed: readonly string[] | null,
): void {
  if (allowed === null) return;
  if (allowed.some((entry) => matches(url, entry.toLowerCase()))) return;
  throw new ApiError({
    status: 0,
    errorKey: "http.foreign_url",
    apiMessage: `Cannot ask ${url.host}: it is not in "allowedHosts"`,
  });
}

function matches(url: URL, entry: string): boolean {
  if (entry.startsWith("*.")) return url.hostname.endsWith(entry.slice(1));
  return entry === url.host || entry === url.hostname;
}
