import { type Context, Hono } from "hono";
import { refusal } from "./_auth.ts";
import { type Call, errorAnswer, type Route, wantsXml } from "./_call.ts";
import { applyFault } from "./_faults.ts";
import { tokenRoute } from "./_route_token.ts";
import { keyRoute, logsRoute, requestFieldsRoute } from "./_routes_catalog.ts";
import { changesRoute } from "./_routes_changes.ts";
import { connectionRoute, connectionsRoute } from "./_routes_connections.ts";
import { fileRoute } from "./_route_file.ts";
import type { SandboxFault } from "./faults.ts";
import type { State } from "./_state.ts";

const ROUTES: readonly Route[] = [
  tokenRoute,
  requestFieldsRoute,
  connectionsRoute,
  connectionRoute,
  fileRoute,
  changesRoute,
  logsRoute,
  keyRoute,
];

/** What a server tells the app besides the request. */
export interface AppEnv {
  Bindings: { closing?: AbortSignal };
}

/** The platform's HTTP side over a state. */
export function createApp(state: State): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  for (const route of ROUTES) {
    app.on(route.method, route.path, (c) => serve(state, c, route));
  }
  app.notFound((c) => notFound(callOf(state, c)));
  return app;
}

function notFound(call: Call): Response {
  note(call, { endpoint: null, status: 404 });
  return errorAnswer(call, {
    status: 404,
    key: "not_found",
    message: "There is no such path",
  });
}

/** Every request goes through here: the fault that waits for it, the token check, the endpoint, the log. */
async function serve(
  state: State,
  c: Context<AppEnv>,
  route: Route,
): Promise<Response> {
  const { endpoint } = route;
  const call = callOf(state, c, route);
  // Hono lets HEAD use the route of GET, which would delete a page that nobody gets to see.
  if (call.request.method !== route.method) return notFound(call);
  const fault = state.faults.take({
    endpoint,
    method: call.request.method,
    url: call.url,
  });
  try {
    const response = await strike(call, route, fault);
    note(call, { endpoint, status: response.status, fault });
    return response;
  } catch (error) {
    const { aborted } = call.signal;
    note(call, { endpoint, status: aborted ? 0 : 500, fault });
    return aborted ? new Response(null, { status: 503 }) : unable(error);
  }
}

/** A 500 that says why, such as a member that cannot be the name of an XML element. */
function unable(error: unknown): Response {
  const message = error instanceof Error ? error.message : "unknown";
  return Response.json(
    { error: message, error_key: "sandbox.unable" },
    { status: 500 },
  );
}

async function strike(
  call: Call,
  route: Route,
  fault: SandboxFault | undefined,
): Promise<Response> {
  const work = async (): Promise<Response> =>
    (route.open ? undefined : refusal(call)) ?? await route.answer(call);
  return fault ? await applyFault({ fault, call, work }) : await work();
}

function callOf(state: State, c: Context<AppEnv>, route?: Route): Call {
  const request = c.req.raw;
  const closing = c.env?.closing;
  return {
    state,
    request,
    url: new URL(request.url),
    xml: wantsXml(request) && !route?.jsonOnly?.(state),
    // In a server the request's own signal also aborts after a success, and Deno warns whoever looks at it.
    get signal(): AbortSignal {
      return closing ?? request.signal;
    },
    param: (name) => c.req.param(name) ?? "",
  };
}

function note(
  { state, request, url }: Call,
  outcome: {
    endpoint: Route["endpoint"] | null;
    status: number;
    fault?: SandboxFault | undefined;
  },
): void {
  state.requests.add({
    endpoint: outcome.endpoint,
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    accept: request.headers.get("accept"),
    status: outcome.status,
    fault: outcome.fault?.kind ?? null,
  });
}
