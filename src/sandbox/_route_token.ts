import { issueToken } from "./_auth.ts";
import { answer, type Call, errorAnswer, type Route } from "./_call.ts";

// What a client may send, and nothing else: a client that sends more is told so here and not by the platform.
const MEMBERS = ["grant_type", "client_id", "client_secret"];
const MAX_FORM_BYTES = 16 * 1024;

/** `POST /oauth2/token`: always JSON. */
export const tokenRoute: Route = {
  endpoint: "token",
  method: "POST",
  path: "/oauth2/token",
  open: true,
  jsonOnly: () => true,
  answer: answerToken,
};

async function answerToken(call: Call): Promise<Response> {
  const form = await readForm(call.request);
  if (typeof form === "string") {
    return badRequest(call, "oauth.invalid_request", form);
  }
  if (form.get("grant_type") !== "client_credentials") {
    return badRequest(
      call,
      "oauth.unsupported_grant",
      "grant_type has to be client_credentials",
    );
  }
  const { clientId, clientSecret, tokenLifetimeSeconds, regionUrl } =
    call.state.settings;
  if (
    form.get("client_id") !== clientId ||
    form.get("client_secret") !== clientSecret
  ) {
    return errorAnswer(call, {
      status: 401,
      key: "oauth.bad_client",
      message: "The client id or the client secret is wrong",
    });
  }
  return answer(call, {
    access_token: issueToken(call.state),
    token_type: "Bearer",
    expires_in: tokenLifetimeSeconds,
    api_url: regionUrl,
  });
}

/** The form, or what is wrong with it. */
async function readForm(request: Request): Promise<URLSearchParams | string> {
  if (request.headers.has("authorization")) {
    return "there must be no Authorization header";
  }
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    return "the content type has to be application/x-www-form-urlencoded";
  }
  const body = await request.text();
  if (body.length > MAX_FORM_BYTES) return "the form is too large";
  const form = new URLSearchParams(body);
  const names = [...form.keys()].sort();
  return names.join() === [...MEMBERS].sort().join()
    ? form
    : `the form has to hold ${MEMBERS.join(", ")}, each once`;
}

function badRequest(call: Call, key: string, message: string): Response {
  return errorAnswer(call, { status: 400, key, message });
}
