import { createScrub } from "../http/send.ts";

// The platform's own, then those of the storages and of what stands before either.
const HEADERS = [
  "x-request-id",
  "request-id",
  "x-amz-request-id",
  "x-amzn-requestid",
  "x-ms-request-id",
  "x-goog-request-id",
  "x-guploader-uploadid",
  "x-correlation-id",
  "x-trace-id",
  "cf-ray",
  "x-vercel-id",
];
const ID = /^[\w.:/+=-]{1,128}$/;

/** What the other side calls a request, for its support; `null` when it does not say, or says a secret. */
export function requestIdOf(
  headers: Headers,
  secrets: readonly string[],
): string | null {
  for (const name of HEADERS) {
    const id = headers.get(name)?.trim() ?? "";
    if (ID.test(id)) return createScrub(secrets).text(id) === id ? id : null;
  }
  return null;
}
