import { toBase64 } from "../../src/_internal/base64.ts";
import { encodeUtf8, toHex } from "../../src/_internal/bytes.ts";
import type { FetchLike } from "../../src/http/send.ts";

/** What a careless or hostile server answers with: everything that it was sent. */
export async function echo(
  request: Request,
  status: number,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { method, url } = request;
  const sent = { method, url, headers: [...request.headers] };
  const text = await request.text();
  const all = JSON.stringify({ ...sent, body: text });
  const hex = toHex(encodeUtf8(all));
  const message = `${all} ${text} ${toBase64(encodeUtf8(all))} ${hex}`;
  const body = JSON.stringify({
    error: message,
    error_key: `key.${request.headers.get("authorization")}`,
    message,
    code: message,
    details: { sent, text, [message]: message },
  });
  const allowed = status === 204 || status === 304 ? null : body;
  return new Response(allowed, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** A network that fails with everything that it was to send, in its error and in the cause of that. */
export async function dropAndTell(request: Request): Promise<never> {
  const all = `${request.url} ${
    JSON.stringify([...request.headers])
  } ${await request
    .text()}`;
  throw new TypeError(`error sending request for ${all}`, {
    cause: new Error(all),
  });
}

type Strike = (request: Request) => Promise<Response>;

/** A `fetch` whose next requests are struck by what `strike` was last given, until it is given nothing. */
export function hostileFetch(inner: FetchLike): {
  fetch: FetchLike;
  /** How many requests were struck. */
  readonly struck: number;
  strike(strike: Strike | undefined, where?: RegExp): void;
} {
  let strike: Strike | undefined;
  let where = /./;
  let struck = 0;
  return {
    async fetch(url, init): Promise<Response> {
      if (!strike || !where.test(String(url))) return await inner(url, init);
      struck++;
      return await strike(new Request(url, init));
    },
    get struck(): number {
      return struck;
    },
    strike(next, place = /./): void {
      strike = next;
      where = place;
    },
  };
}

/**
 * The ways in which an answer can go wrong and repeat what it was sent. A 200 is not among them: what a feed hands out
 * is kept as it came, whatever it is.
 */
export const STRIKES: readonly Strike[] = [
  (request) => echo(request, 400),
  (request) => echo(request, 401),
  (request) => echo(request, 403),
  (request) => echo(request, 404),
  (request) => echo(request, 429, { "retry-after": "0" }),
  (request) => echo(request, 500),
  (request) =>
    echo(request, 302, {
      location: `https://elsewhere.example/?all=${
        encodeURIComponent(request.headers.get("authorization") ?? "none")
      }`,
    }),
  (request) => echo(request, 503, { "content-type": "text/html" }),
  dropAndTell,
];
