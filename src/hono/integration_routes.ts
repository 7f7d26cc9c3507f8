/**
 * An integration over HTTP: actions, triggers and the account, each a POST with its credentials and an envelope as
 * answer.
 *
 * The routes authenticate nobody. Put them behind a check of your own, or serve them on the loopback only, because a
 * request carries the credentials of a tenant. Polls over HTTP remember nothing; where a poll must lose nothing, call
 * `runPollingTrigger` of `@sluice/edge/integration` beside a store.
 *
 * @example Serve an integration behind a bearer token
 * ```ts
 * import { Hono } from "hono";
 * import { bearerAuth } from "hono/bearer-auth";
 * import { Integration } from "@sluice/edge/integration";
 * import { FAILURE_STATUSES, integrationRoutes } from "@sluice/edge/hono/integration-routes";
 * import { assertEquals } from "@std/assert";
 *
 * const integration = await Integration.load({
 *   name: "Greetings",
 *   version: "1.0.0",
 *   description: "Says hello",
 *   actions: {},
 * });
 * const app = new Hono()
 *   .use(bearerAuth({ token: "0123456789abcdef" })) // in earnest a secret
 *   .route("/", integrationRoutes(integration, { statuses: FAILURE_STATUSES }));
 *
 * assertEquals((await app.request("/info")).status, 401);
 * const headers = { authorization: "Bearer 0123456789abcdef" };
 * const answer = await app.request("/actions/greet", { method: "POST", headers, body: "{}" });
 * assertEquals(answer.status, 400); // there is no such action
 * ```
 *
 * @module
 */
import type { Context } from "hono";
import { isObject, type JsonObject, parseJson } from "../_internal/json.ts";
import { failureEnvelope } from "../integration/failure_envelope.ts";
import {
  ExecutionContext,
  type ExecutionContextInit,
  type Integration,
  type IntegrationResult,
  type PollRecord,
  ValidationError,
} from "../integration/mod.ts";
import { integrationInfo } from "./_integration_info.ts";
import {
  bodyBounds,
  bodyText,
  type HonoApp,
  jsonText,
  postOnly,
  readStatuses,
  rpcApp,
  type RpcOptions,
} from "./_rpc.ts";

export type { HonoApp, RpcOptions } from "./_rpc.ts";

/** The kinds of envelopes that say that something did not work. */
export type FailureType = "action_error" | "validation_error" | "error";

/** Which HTTP status a kind of envelope gets; 200 where it is left out. */
export type FailureStatuses = Readonly<Partial<Record<FailureType, number>>>;

/** How an integration is served. */
export interface IntegrationRoutesOptions extends RpcOptions {
  /** Statuses of failures, such as {@linkcode FAILURE_STATUSES}. By default every envelope comes with 200. */
  statuses?: FailureStatuses;
  /** What the context of every call has besides credentials, metadata and signal. */
  context?: Omit<ExecutionContextInit, "auth" | "metadata" | "signal">;
}

/** The statuses that say what the envelopes mean, for callers that look at them. */
export const FAILURE_STATUSES: Readonly<Record<FailureType, number>> = {
  action_error: 422,
  validation_error: 400,
  error: 500,
};

const FAILURE_TYPES: readonly FailureType[] = [
  "action_error",
  "validation_error",
  "error",
];

/**
 * Serves an integration: `POST /actions/<name>`, `POST /triggers/<name>`, `POST /account`, `GET /info` and
 * `GET /healthz`.
 *
 * The body of a call is a JSON object with `auth`, the credentials in either form, and `metadata`, which both may be
 * left out. An action and a trigger take `inputs` too, a trigger also `last_poll_ts`. The answer is an envelope, and of
 * a trigger that worked the list of its records. What a handler throws is always an envelope here, as with `safe`; a
 * body that is no JSON object is a `validation_error`. Where `statuses` are given, an output that does not match counts
 * as an `error`: it is not the caller's fault.
 *
 * There is no authentication: put it in front, or keep the server on the loopback.
 *
 * @param integration The integration, with its handlers.
 * @param options Limits, statuses, and what handlers work with.
 * @returns A Hono app, to be served or mounted.
 * @throws {RangeError} For a limit, a status or a number of `context.requestConfig` that is none.
 * @throws {TypeError} When an option of `context` has the wrong type.
 *
 * @example Call an action
 * ```ts
 * import { ActionResult, Integration } from "@sluice/edge/integration";
 * import { integrationRoutes } from "@sluice/edge/hono/integration-routes";
 * import { assertEquals } from "@std/assert";
 *
 * const integration = await Integration.load({
 *   name: "Greetings",
 *   version: "1.0.0",
 *   description: "Says hello",
 *   actions: {
 *     greet: { description: "Greets", input_schema: { required: ["name"] }, output_schema: { type: "string" } },
 *   },
 * });
 * integration.action("greet")(({ name }) => new ActionResult(`Hello ${name}`));
 *
 * const answer = await integrationRoutes(integration).request("/actions/greet", {
 *   method: "POST",
 *   body: JSON.stringify({ inputs: { name: "Anna" } }),
 * });
 * const { type, result } = await answer.json();
 * assertEquals([type, result.data], ["action", "Hello Anna"]);
 * ```
 */
export function integrationRoutes(
  integration: Integration,
  options: IntegrationRoutesOptions = {},
): HonoApp {
  const answer = answering(options);
  const app = rpcApp(() => integrationInfo(integration.config));
  app.post("/actions/:name", (c) =>
    answer(c, ({ inputs }, context) => {
      const name = c.req.param("name");
      return integration.executeAction(name, inputs, context);
    }));
  app.post(
    "/triggers/:name",
    (c) =>
      answer(c, ({ inputs, lastPollTs }, context) => {
        const name = c.req.param("name");
        return integration.executePollingTrigger(
          name,
          inputs,
          lastPollTs,
          context,
        );
      }),
  );
  app.post(
    "/account",
    (c) => answer(c, (_, context) => integration.getConnectedAccount(context)),
  );
  app.on("ALL", ["/actions/:name", "/triggers/:name", "/account"], postOnly);
  return app;
}

type Outcome = IntegrationResult | readonly PollRecord[];

interface Call {
  readonly inputs: unknown;
  readonly lastPollTs: unknown;
}

type Execute = (call: Call, context: ExecutionContext) => Promise<Outcome>;

type Answer = (c: Context, execute: Execute) => Promise<Response>;

// What is common to all calls; the options are read once.
function answering(options: IntegrationRoutesOptions): Answer {
  const bounds = bodyBounds(options);
  const init = { ...options.context };
  const statuses = readStatuses(options.statuses ?? {}, {
    known: FAILURE_TYPES,
    what: "a failure",
  });
  new ExecutionContext(init); // an option that cannot be used is told now and not to the first caller
  return async (c, execute) => {
    const body = await bodyText(c, bounds);
    if (typeof body !== "string") return body;
    const request = parseJson(body);
    const { outcome, json } = await run(request, (call, own) => {
      const { signal } = c.req.raw;
      return execute(call, new ExecutionContext({ ...init, ...own, signal }));
    });
    return jsonText(json, statusOf(outcome, statuses));
  };
}

async function run(
  request: unknown,
  execute: (
    call: Call,
    own: { auth: unknown; metadata: JsonObject },
  ) => Promise<Outcome>,
): Promise<{ outcome: Outcome; json: string }> {
  try {
    const { inputs, lastPollTs, auth, metadata } = readCall(request);
    const outcome = await execute({ inputs, lastPollTs }, { auth, metadata });
    return { outcome, json: JSON.stringify(outcome) };
  } catch (error) {
    const auth = isObject(request) ? request["auth"] : undefined;
    const outcome = failureEnvelope(error, auth);
    return { outcome, json: JSON.stringify(outcome) };
  }
}

function readCall(
  request: unknown,
): Call & { auth: unknown; metadata: JsonObject } {
  if (!isObject(request)) throw refusal("wanted a JSON object");
  const { inputs = {}, auth = {}, metadata = {}, last_poll_ts = null } =
    request;
  if (!isObject(metadata)) throw refusal('wanted an object as "metadata"');
  return { inputs, auth, metadata, lastPollTs: last_poll_ts };
}

function refusal(state: string): ValidationError {
  const message = `Cannot read the request: ${state}`;
  return new ValidationError(message, { source: "input" });
}

function statusOf(outcome: Outcome, statuses: FailureStatuses): number {
  if (!("type" in outcome)) return 200;
  const { type, result } = outcome;
  if (type === "action" || type === "connected_account") return 200;
  const isOwnFault = type === "validation_error" && result.source === "output";
  return statuses[isOwnFault ? "error" : type] ?? 200;
}
