import { REDACTED } from "./redacted.ts";

// Of an absolute URL, also inside of JSON, where a slash may be escaped. A longer path is met by the second one.
const URL_QUERY =
  /\b([a-z][a-z0-9+.-]{0,20}:\\?\/\\?\/[^\s"'<>?#]{0,2000})[?#][^\s"'<>]+/gi;
const QUERY = /\?[\w.%-]{1,64}=[^\s"'<>]*/g;

/** Hides the queries of addresses in a text, because whoever has that of a presigned one has the file. */
export function withoutQueries(text: string): string {
  return text.replace(URL_QUERY, `$1?${REDACTED}`)
    .replace(QUERY, `?${REDACTED}`);
}
