import { isObject } from "../_internal/json.ts";

/** A URL with parameters added to its query; the rest of it stays as it is written. */
export function withParams(
  url: URL,
  params: Readonly<Record<string, unknown>>,
): URL {
  const added = formOf(Object.entries(params));
  if (added.size === 0) return url;
  const whole = new URL(url);
  // Through `search` and not `searchParams`, which would write the old parameters anew.
  whole.search = url.search === "" ? `?${added}` : `${url.search}&${added}`;
  return whole;
}

/** Pairs as a form or a query has them, without `null` and `undefined`. */
export function formOf(
  pairs: Iterable<readonly [string, unknown]>,
): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of pairs) {
    if (value !== null && value !== undefined) {
      form.append(name, textOf(value));
    }
  }
  return form;
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return isObject(value) || Array.isArray(value)
    ? spacedJson(value)
    : String(value);
}

// The contract pins the JSON of parameters to the form of Python's json.dumps: spaces, and ASCII alone.
function spacedJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(
      /"(?:[^"\\]|\\.)*"|[,:]/g,
      (token) => token.length === 1 ? `${token} ` : token,
    )
    .replace(
      /[^\x20-\x7e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
