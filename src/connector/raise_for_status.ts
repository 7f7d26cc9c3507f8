import { ApiError, RateLimitError } from "../errors.ts";

/**
 * Gives a 2xx answer back and throws any other, so that {@linkcode HttpHandler} can say what it means.
 *
 * The body of a refused answer is let go, and the message names the host and the path, never the query.
 *
 * @param response The answer of the app.
 * @returns The same answer.
 * @throws {RateLimitError} For a 429.
 * @throws {ApiError} For any other status outside 2xx.
 *
 * @example Let 404 become not_found
 * ```ts
 * import { ApiError, raiseForStatus } from "@sluice/edge/connector";
 * import { assertThrows } from "@std/assert";
 *
 * const answer = new Response(null, { status: 404 });
 * assertThrows(() => raiseForStatus(answer), ApiError, "HTTP 404");
 * ```
 */
export function raiseForStatus(response: Response): Response {
  const { ok, status } = response;
  if (ok) return response;
  response.body?.cancel().catch(() => undefined); // it may have failed already
  const apiMessage = placeOf(response.url);
  if (status === 429) {
    const seconds = response.headers.get("retry-after") ?? "";
    const retryAfter = /^\d{1,10}$/.test(seconds) ? Number(seconds) : null;
    throw new RateLimitError({ apiMessage, retryAfter });
  }
  throw new ApiError({ status, apiMessage, retryable: status >= 500 });
}

function placeOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { host, pathname } = new URL(url);
  return `from ${host}${pathname}`;
}
