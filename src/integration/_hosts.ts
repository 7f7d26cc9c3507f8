import { ApiError } from "../errors.ts";

/** Throws when a host is not among the allowed ones; `null` allows all. */
export function requireAllowed(
  url: URL,
  allowed: readonly string[] | null,
): void {
  if (allowed === null) return;
  if (allowed.some((entry) => matches(url, entry))) return;
  throw new ApiError({
    status: 0,
    errorKey: "http.foreign_url",
    apiMessage: `Cannot ask ${url.host}: it is not in "allowedHosts"`,
  });
}

const ENTRY = /^(\*\.)?([^\s/\\?#@:*[\]]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i;

/** Reads allowed hosts, each in the form that a `URL` gives it. */
export function readHosts(given: readonly string[]): string[] {
  if (!Array.isArray(given)) throw malformed();
  return Array.from(given, readHost);
}

function readHost(entry: unknown): string {
  const parts = typeof entry === "string" ? ENTRY.exec(entry) : null;
  const [, below = "", name = "", port] = parts ?? [];
  const url = `https://${name}:${port ?? 1}/`;
  if (!parts || !URL.canParse(url)) throw malformed();
  const end = port === undefined ? "" : `:${Number(port)}`;
  return `${below}${new URL(url).hostname}${end}`;
}

function malformed(): TypeError {
  return new TypeError(
    'Cannot use allowedHosts: wanted a list of names such as "example.com", "example.com:8443" or "*.example.com"',
  );
}

function matches(url: URL, entry: string): boolean {
  const [, below, name = "", port] = ENTRY.exec(entry) ?? [];
  if (port !== undefined && port !== portOf(url)) return false;
  return below ? url.hostname.endsWith(`.${name}`) : url.hostname === name;
}

function portOf({ port, protocol }: URL): string {
  if (port !== "") return port;
  return protocol === "https:" ? "443" : "80";
}
