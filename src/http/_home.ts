import { ApiError } from "../errors.ts";
import { parseUrl, readBaseUrl } from "./base_url.ts";

/** Path segments, or an absolute URL that the platform handed out. */
export type HttpPath = readonly (string | number)[] | URL;

/** Parameters of a query; `undefined` is left out. */
export type HttpQuery = Readonly<Record<string, string | number | undefined>>;

/** Gives the URL of one request on a base, so that the request follows when the base moves. */
export type Target = (base: string) => URL;

/** The outcome of a move; `"same"` when the answer came from that base already. */
export type Move = "moved" | "same" | { readonly problem: string };

/** Where the platform is now. It begins at the configured base and moves only to listed origins. */
export interface Home {
  /** The current base, without a slash at its end. */
  readonly base: string;
  /** Checks and remembers where a request goes; the URL itself is made anew for each attempt. */
  target(path: HttpPath, query: HttpQuery): Target;
  /** Moves to `apiUrl` as an answer from `from` asks, or says why not. */
  move(apiUrl: string, from: string): Move;
}

/** Creates the home. Throws a `TypeError` for a base or a listed origin that credentials must not go to. */
export function createHome(
  options: { baseUrl: string; rebaseOrigins: readonly string[] },
): Home {
  const configured = requireBase(options.baseUrl, "baseUrl");
  const allowed = new Set([new URL(configured).origin]);
  for (const origin of options.rebaseOrigins) {
    allowed.add(requireOrigin(origin));
  }
  let base = configured;
  return {
    get base(): string {
      return base;
    },
    target: (path, query) =>
      path instanceof URL
        ? absoluteTarget(path, { query, bases: [base, configured] })
        : segmentTarget(path, query),
    move(apiUrl, from): Move {
      const read = readBaseUrl(apiUrl);
      if ("problem" in read) return { problem: `in api_url, ${read.problem}` };
      const { origin } = new URL(read.base);
      if (!allowed.has(origin)) {
        return { problem: `${origin} is not in the option "rebaseOrigins"` };
      }
      base = read.base;
      return base === from ? "same" : "moved";
    },
  };
}

function segmentTarget(
  segments: readonly (string | number)[],
  query: HttpQuery,
): Target {
  const path = segments.map((segment) => `/${encodeSegment(segment)}`).join("");
  const tail = path + withQuery("", query);
  return (base) => new URL(base + tail);
}

// The platform's URL keeps its path and query to the letter; only the place in front of them is ours.
function absoluteTarget(
  url: URL,
  from: { query: HttpQuery; bases: readonly string[] },
): Target {
  if (!isHttp(url)) throw foreignUrl(url, "it is not an http URL");
  if (url.username !== "" || url.password !== "") {
    throw foreignUrl(url, "it holds a user name or password");
  }
  const homes = from.bases.map((base) => new URL(base));
  const known = homes.filter((home) => home.origin === url.origin);
  if (known.length === 0) throw foreignUrl(url, "it is not the API's own host");
  const tail = url.pathname + withQuery(url.search, from.query);
  const prefix = known.map((home) => home.pathname.replace(/\/$/, ""))
    .find((path) => url.pathname.startsWith(`${path}/`));
  return (base) =>
    prefix === undefined
      ? new URL(new URL(base).origin + tail)
      : new URL(base + tail.slice(prefix.length));
}

/**
 * Refuses to send the token anywhere but to the origin of the base, whatever made the URL.
 *
 * @throws {ApiError} `http.foreign_url`.
 */
export function assertAtHome(url: URL, base: string): void {
  if (isHttp(url) && url.origin === new URL(base).origin) return;
  throw foreignUrl(url, "it is not the API's own host");
}

// The origin of a blob URL is that of the URL inside it.
function isHttp({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}

function encodeSegment(segment: string | number): string {
  const text = String(segment);
  if (text === "" || text === "." || text === "..") {
    throw new TypeError(
      `Cannot use path: wanted segments with a name, got "${text}"`,
    );
  }
  if (!text.isWellFormed()) {
    throw new TypeError("Cannot use path: wanted segments of well-formed text");
  }
  return encodeURIComponent(text);
}

function withQuery(search: string, query: HttpQuery): string {
  const added = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) added.append(name, String(value));
  }
  if (added.size === 0) return search;
  return `${search === "" ? "?" : `${search}&`}${added}`;
}

function foreignUrl(url: URL, state: string): ApiError {
  return new ApiError({
    status: 0,
    errorKey: "http.foreign_url",
    apiMessage: `Cannot send the token to ${
      url.host || `a ${url.protocol} URL`
    }: ${state}`,
  });
}

function requireBase(text: string, name: string): string {
  const read = readBaseUrl(text);
  if ("problem" in read) {
    throw new TypeError(`Cannot use ${name}: ${read.problem}`);
  }
  return read.base;
}

function requireOrigin(text: string): string {
  const base = requireBase(text, "rebaseOrigins");
  if (parseUrl(base)?.origin === base) return base;
  throw new TypeError(
    "Cannot use rebaseOrigins: wanted origins without a path",
  );
}
