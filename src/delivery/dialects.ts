import { assertFunction } from "../_internal/assert.ts";
import { isHeaderValue } from "./subscriptions/headers.ts";
import type { Dialect } from "./dialect.ts";

/**
 * The dialect of subscriptions that name none: `{ "id", "type", "time", "scope", "data" }`, where `type` is the name of
 * the event and `time` is in ISO 8601. An event of the scope `/` has no `scope`.
 */
export const sluiceDialect: Dialect = {
  name: "sluice",
  body: (data, { event: { id, name, time, scope } }) =>
    JSON.stringify({
      id,
      type: name,
      time: new Date(time).toISOString(),
      ...scope !== "/" && { scope },
      data,
    }),
};

/**
 * The payload that Standard Webhooks 1.0.0 advises: `{ "type", "timestamp", "data" }`, where `timestamp` is the time of
 * the event in ISO 8601. The time of the attempt is in the header `webhook-timestamp`.
 */
export const standardWebhooksDialect: Dialect = {
  name: "standard",
  body: (data, { event: { name, time } }) =>
    JSON.stringify({
      type: name,
      timestamp: new Date(time).toISOString(),
      data,
    }),
};

/**
 * REST Hooks, as Zapier takes them: the bare payload without a signature, so that only the URL tells what happened. A
 * 410 removes the subscription.
 */
export const restHooksDialect: Dialect = {
  name: "rest-hooks",
  signed: false,
  onGone: "remove",
};

const BUILT_IN: readonly Dialect[] = [
  sluiceDialect,
  standardWebhooksDialect,
  restHooksDialect,
];
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/**
 * All dialects by their names: the built-in ones and those of the application. One with the name of a built-in dialect
 * takes its place.
 *
 * @throws {TypeError} For a dialect that cannot work, or a name that is given twice.
 */
export function dialectTable(
  dialects: readonly Dialect[],
): ReadonlyMap<string, Dialect> {
  const own = new Map<string, Dialect>();
  for (const dialect of dialects) {
    assertDialect(dialect);
    if (own.has(dialect.name)) throw refusal("wanted each name once");
    own.set(dialect.name, dialect);
  }
  const builtIn = BUILT_IN.map((each) => [each.name, each] as const);
  return new Map([...builtIn, ...own]);
}

function assertDialect(dialect: Dialect): void {
  if (typeof dialect !== "object" || dialect === null) {
    throw refusal("wanted objects");
  }
  const { name, method = "POST", contentType = "a/b", payloads = [] } = dialect;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw refusal("wanted a name of 1 to 64 of a-z, 0-9, point, _ and -");
  }
  if (!["POST", "PUT", "PATCH"].includes(method)) {
    throw refusal("wanted POST, PUT or PATCH as method", name);
  }
  if (!isHeaderValue(contentType)) {
    throw refusal("wanted visible ASCII as contentType", name);
  }
  assertChoices(dialect);
  const { headers, body } = dialect;
  for (const each of [...payloads, headers, body]) {
    if (each !== undefined) assertFunction(each, `dialects: ${name}`);
  }
}

function assertChoices(
  { name, signed = true, onGone = "disable" }: Dialect,
): void {
  if (typeof signed !== "boolean") {
    throw refusal("wanted true or false as signed", name);
  }
  if (onGone !== "disable" && onGone !== "remove") {
    throw refusal('wanted "disable" or "remove" as onGone', name);
  }
}

function refusal(state: string, name?: string): TypeError {
  const which = name === undefined ? "" : ` "${name}"`;
  return new TypeError(`Cannot use dialects${which}: ${state}`);
}
