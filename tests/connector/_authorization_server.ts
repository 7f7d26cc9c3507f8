import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import type { JsonObject } from "../../src/connector/mod.ts";

/** One registered client of the server. */
export const CLIENT: { id: string; secret: string } = {
  id: "client:1",
  secret: "s3cret &=+/ü",
};

/** What the server was asked for a token with. */
export interface TokenCall {
  readonly method: string;
  readonly contentType: string | null;
  readonly authorization: string | null;
  readonly url: string;
  readonly fields: Record<string, string>;
}

/** A running authorization server (RFC 6749), with PKCE (RFC 7636) and both ways to authenticate a client. */
export interface AuthorizationServer extends AsyncDisposable {
  readonly url: string;
  /** Every call of the token endpoint. */
  readonly calls: TokenCall[];
  /** Makes the next token calls answer otherwise. */
  answerWith(answer: () => Response): void;
}

interface Issued {
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly scope: string;
}

/** Starts the server on the loopback. */
export function startAuthorizationServer(): AuthorizationServer {
  const codes = new Map<string, Issued>();
  const refreshTokens = new Set<string>();
  const calls: TokenCall[] = [];
  let scripted: (() => Response) | undefined;
  const app = new Hono();
  app.get("/authorize", (context) => authorize(context, codes));
  app.all("/token", async (context) => {
    const call = await readCall(context);
    calls.push(call);
    if (scripted) return scripted();
    const answer = grant(call, { codes, refreshTokens });
    return context.json(answer, "error" in answer ? 400 : 200);
  });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen(): void {} },
    app.fetch,
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls,
    answerWith(answer): void {
      scripted = answer;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function authorize(context: Context, codes: Map<string, Issued>): Response {
  const asked = context.req.query();
  if (asked["client_id"] !== CLIENT.id || asked["response_type"] !== "code") {
    return context.text("refused", 400);
  }
  const code = crypto.randomUUID();
  const redirect = new URL(asked["redirect_uri"] ?? "");
  codes.set(code, {
    redirectUri: redirect.href,
    challenge: asked["code_challenge_method"] === "S256"
      ? asked["code_challenge"]
      : undefined,
    scope: asked["scope"] ?? "",
  });
  redirect.searchParams.set("code", code);
  redirect.searchParams.set("state", asked["state"] ?? "");
  return context.redirect(redirect.href);
}

async function readCall(context: Context): Promise<TokenCall> {
  const { method, url } = context.req;
  const contentType = context.req.header("content-type") ?? null;
  const body = await context.req.text();
  const inBody: [string, string][] = contentType === "application/json"
    ? Object.entries(JSON.parse(body))
    : [...new URLSearchParams(body)];
  return {
    method,
    url,
    contentType,
    authorization: context.req.header("authorization") ?? null,
    fields: { ...context.req.query(), ...Object.fromEntries(inBody) },
  };
}

function grant(
  call: TokenCall,
  state: { codes: Map<string, Issued>; refreshTokens: Set<string> },
): JsonObject {
  if (!isClient(call)) {
    // A careless server repeats what it was sent.
    const error_description = `Unknown client with ${JSON.stringify(call)}`;
    return { error: "invalid_client", error_description };
  }
  switch (call.fields["grant_type"]) {
    case "authorization_code":
      return codeGrant(call.fields, state);
    case "client_credentials":
      return tokens({ scope: call.fields["scope"] ?? "" });
    case "refresh_token":
      return refreshGrant(call.fields, state.refreshTokens);
    default:
      return { error: "unsupported_grant_type" };
  }
}

function isClient({ authorization, fields }: TokenCall): boolean {
  if (authorization === null) {
    return fields["client_id"] === CLIENT.id &&
      fields["client_secret"] === CLIENT.secret;
  }
  if ("client_id" in fields || "client_secret" in fields) return false;
  // RFC 6749 section 2.3.1: form-decoded after the split.
  const [id, secret] = atob(authorization.replace("Basic ", "")).split(":")
    .map((part) => new URLSearchParams(`v=${part}`).get("v"));
  return id === CLIENT.id && secret === CLIENT.secret;
}

function codeGrant(
  fields: Record<string, string>,
  { codes, refreshTokens }: {
    codes: Map<string, Issued>;
    refreshTokens: Set<string>;
  },
): JsonObject {
  const issued = codes.get(fields["code"] ?? "");
  codes.delete(fields["code"] ?? "");
  if (!issued || issued.redirectUri !== fields["redirect_uri"]) {
    return { error: "invalid_grant" };
  }
  if (issued.challenge !== challengeOf(fields["code_verifier"])) {
    return { error: "invalid_grant", error_description: "PKCE" };
  }
  const refresh_token = crypto.randomUUID();
  refreshTokens.add(refresh_token);
  return { ...tokens(issued), refresh_token };
}

function refreshGrant(
  fields: Record<string, string>,
  refreshTokens: Set<string>,
): JsonObject {
  return refreshTokens.has(fields["refresh_token"] ?? "")
    ? tokens({ scope: "" })
    : { error: "invalid_grant" };
}

function tokens({ scope }: { scope: string }): JsonObject {
  const access_token = crypto.randomUUID();
  return { access_token, token_type: "Bearer", expires_in: 3600, scope };
}

// Another program than the one under test.
function challengeOf(verifier: string | undefined): string | undefined {
  if (verifier === undefined) return undefined;
  return createHash("sha256").update(verifier).digest("base64url");
}
