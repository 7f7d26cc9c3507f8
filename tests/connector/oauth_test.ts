import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import {
  Connector,
  credential,
  type JsonObject,
  type OAuthSettings,
} from "../../src/connector/mod.ts";
import { CLIENT, startAuthorizationServer } from "./_authorization_server.ts";
import { type Answer, BASICS } from "./_support.ts";

const CREDENTIALS = { client_id: CLIENT.id, client_secret: CLIENT.secret };
const REDIRECT = "https://lumos.example/callback";
const AUTHORIZE = {
  client_id: CLIENT.id,
  scopes: [],
  redirect_uri: REDIRECT,
  state: "st&te =1",
};

function oauthConnector(oauth: OAuthSettings): Connector {
  return new Connector({ ...BASICS, auth: credential("oauth"), oauth });
}

async function ask(
  connector: Connector,
  name: string,
  request: JsonObject,
  more: JsonObject = {},
): Promise<Answer> {
  const json = JSON.stringify({ request, ...more });
  return JSON.parse(await connector.dispatch(name, json));
}

function member(answer: Answer, name: string): string {
  const { response } = answer;
  assert(response !== null, JSON.stringify(answer));
  return String((response as JsonObject)[name]);
}

/** Lets the person say yes and gives where the browser is sent. */
async function consent(authorizationUrl: string): Promise<string> {
  const answer = await fetch(authorizationUrl, { redirect: "manual" });
  await answer.body?.cancel();
  assertEquals(answer.status, 302);
  return answer.headers.get("location") ?? "";
}

for (const pkce of [false, true]) {
  for (
    const clientAuth of ["client_secret_post", "client_secret_basic"] as const
  ) {
    for (
      const requestType of [
        {},
        { data: "json" },
        { data: "query" },
        { method: "GET", data: "query" },
      ] as const
    ) {
      const how = `${clientAuth}, ${JSON.stringify(requestType)}${
        pkce ? ", PKCE" : ""
      }`;
      Deno.test(`the code flow ends with tokens: ${how}`, async () => {
        await using server = startAuthorizationServer();
        const connector = oauthConnector({
          authorizationUrl: `${server.url}/authorize`,
          tokenUrl: `${server.url}/token`,
          clientAuth,
          requestType,
          pkce,
          scopes: { list_accounts: "users read" },
        });
        const started = await ask(
          connector,
          "get_authorization_url",
          AUTHORIZE,
        );
        const verifier = (started.response as JsonObject)["code_verifier"];
        assertEquals(typeof verifier, pkce ? "string" : "object");
        const redirect_uri_with_code = await consent(
          member(started, "authorization_url"),
        );
        const granted = await ask(connector, "handle_authorization_callback", {
          ...CREDENTIALS,
          redirect_uri_with_code,
          state: AUTHORIZE.state,
          code_verifier: verifier,
        });
        const { access_token, refresh_token, ...rest } = granted
          .response as JsonObject;
        assertEquals(rest, {
          token_type: "bearer",
          state: AUTHORIZE.state,
          expires_in: 3600,
          scope: "users read",
        });
        const refreshed = await ask(connector, "refresh_access_token", {
          ...CREDENTIALS,
          refresh_token,
        });
        assertNotEquals(member(refreshed, "access_token"), access_token);
        assertEquals(
          server.calls.map(({ fields }) => fields["grant_type"]),
          ["authorization_code", "refresh_token"],
        );
        assertEquals(
          server.calls[0]?.method,
          "method" in requestType ? "GET" : "POST",
        );
        assertEquals("scope" in (server.calls[1]?.fields ?? {}), false);
      });
    }
  }
}

Deno.test("the code flow fails with another verifier, and says why without the verifier", async () => {
  await using server = startAuthorizationServer();
  const connector = oauthConnector({
    authorizationUrl: `${server.url}/authorize`,
    tokenUrl: `${server.url}/token`,
    pkce: true,
  });
  const started = await ask(connector, "get_authorization_url", AUTHORIZE);
  const { error } = await ask(connector, "handle_authorization_callback", {
    ...CREDENTIALS,
    redirect_uri_with_code: await consent(member(started, "authorization_url")),
    code_verifier: "another-verifier-of-forty-three-characters-0",
  });
  assertEquals(
    [
      error.error_code,
      error.app_error_code,
      error.status_code,
      error.raised_by,
    ],
    ["mock.api_error", "invalid_grant", 400, "ConnectorError"],
  );
});

Deno.test("the client credentials flow asks for the union of the scopes in their order", async () => {
  await using server = startAuthorizationServer();
  const connector = oauthConnector({
    flowType: "client_credentials",
    tokenUrl: `${server.url}/token`,
    scopes: {
      list_accounts: "b a",
      list_resources: " a  c ",
      get_last_activity: null,
    },
  });
  const name = "handle_client_credentials_request";
  const all = await ask(connector, name, { ...CREDENTIALS, scopes: [] });
  assertEquals(member(all, "scope"), "b a c");
  const some = await ask(connector, name, {
    ...CREDENTIALS,
    scopes: ["z", "y"],
  });
  assertEquals(member(some, "scope"), "z y");
  assertEquals(connector.info().response.oauth_scopes, {
    list_accounts: "b a",
    list_resources: " a  c ",
  });
});

Deno.test("the client credentials flow sends no scope when there is none", async () => {
  await using server = startAuthorizationServer();
  const connector = oauthConnector({
    flowType: "client_credentials",
    tokenUrl: `${server.url}/token`,
  });
  const request = { ...CREDENTIALS, scopes: [] };
  const answer = await ask(
    connector,
    "handle_client_credentials_request",
    request,
    {
      include_raw_data: true,
    },
  );
  assertEquals(server.calls[0]?.fields, {
    grant_type: "client_credentials",
    ...CREDENTIALS,
  });
  assertEquals((answer.raw_data as JsonObject)["token_type"], "bearer");
  assertEquals((answer.raw_data as JsonObject)["expires_in"], 3600);
});

Deno.test("get_authorization_url encodes, keeps the order, and joins a URL that has a query", async () => {
  const connector = oauthConnector({
    authorizationUrl: "https://idp.example/auth?tenant=a%20b&state=old",
    tokenUrl: "https://idp.example/token",
  });
  const answer = await ask(connector, "get_authorization_url", {
    ...AUTHORIZE,
    scopes: ["users:read", "a&b"],
  });
  assertEquals(
    member(answer, "authorization_url"),
    "https://idp.example/auth?tenant=a+b&client_id=client%3A1&response_type=code" +
      "&scope=users%3Aread+a%26b&redirect_uri=https%3A%2F%2Flumos.example%2Fcallback&state=st%26te+%3D1",
  );
});

Deno.test("get_authorization_url with PKCE gives a new verifier each time", async () => {
  const connector = oauthConnector({
    authorizationUrl: "https://idp.example/auth",
    tokenUrl: "https://idp.example/token",
    pkce: true,
  });
  const first = await ask(connector, "get_authorization_url", AUTHORIZE);
  const second = await ask(connector, "get_authorization_url", AUTHORIZE);
  assertMatch(member(first, "code_verifier"), /^[A-Za-z0-9_-]{43}$/);
  assertNotEquals(
    member(first, "code_verifier"),
    member(second, "code_verifier"),
  );
  const url = member(first, "authorization_url");
  assertMatch(
    url,
    /&code_challenge=[A-Za-z0-9_-]{43}&code_challenge_method=S256$/,
  );
  assert(!url.includes(member(first, "code_verifier")));
});

Deno.test("callable URLs and scopes read the settings of the request", async () => {
  const connector = oauthConnector({
    authorizationUrl: ({ settings }) =>
      `https://${settings["tenant"]}.example/auth`,
    tokenUrl: () => Promise.resolve("https://idp.example/token"),
    scopes: ({ settings }) => ({ list_accounts: `${settings["tenant"]}.read` }),
  });
  const answer = await ask(connector, "get_authorization_url", AUTHORIZE, {
    settings: { tenant: "acme" },
  });
  const url = new URL(member(answer, "authorization_url"));
  assertEquals([url.host, url.searchParams.get("scope")], [
    "acme.example",
    "acme.read",
  ]);
  assertEquals(connector.info().response.oauth_scopes, null);
});

for (
  const [what, url] of [
    ["plain http", "http://idp.example/auth"],
    ["a fragment", "https://idp.example/auth#x"],
    ["no URL", "idp"],
    ["a password", "https://a:planted@idp.example/auth"],
  ] as const
) {
  Deno.test(`a callable URL with ${what} is bad_request`, async () => {
    const connector = oauthConnector({
      authorizationUrl: () => url,
      tokenUrl: "https://idp.example/token",
    });
    const { error } = await ask(connector, "get_authorization_url", AUTHORIZE);
    assertEquals(error.error_code, "mock.bad_request");
    assert(
      error.message.startsWith("Cannot use the authorization URL: wanted"),
      error.message,
    );
    assert(!error.message.includes("planted"));
  });

  Deno.test(`Connector() refuses a token URL with ${what}`, () => {
    assertThrows(
      () => oauthConnector({ tokenUrl: url }),
      TypeError,
      "Cannot use oauth.tokenUrl: wanted",
    );
  });
}

Deno.test("get_authorization_url without a URL is bad_request", async () => {
  const connector = oauthConnector({ tokenUrl: "https://idp.example/token" });
  const { error } = await ask(connector, "get_authorization_url", AUTHORIZE);
  assertEquals(
    [error.error_code, error.message],
    ["mock.bad_request", "Cannot use the authorization URL: it is not set"],
  );
});

for (
  const [name, value, words] of [
    [
      "requestType",
      { method: "GET" },
      'a GET has no body, wanted data "query"',
    ],
    ["requestType", { method: "PUT" }, 'wanted "POST" or "GET"'],
    ["requestType", { data: "xml" }, 'wanted "form" or "query" or "json"'],
    ["clientAuth", "mtls", 'wanted "client_secret_post" or'],
    ["flowType", "implicit", 'wanted "code" or "client_credentials"'],
    ["timeoutMs", -1, "milliseconds"],
    ["timeoutMs", Number.NaN, "milliseconds"],
  ] as const
) {
  Deno.test(`Connector() refuses the ${name} ${JSON.stringify(value)} of oauth`, () => {
    const oauth = { tokenUrl: "https://idp.example/token", [name]: value };
    const error = assertThrows(
      () => oauthConnector(oauth as OAuthSettings),
      Error,
      words,
    );
    assert(error instanceof TypeError || error instanceof RangeError);
  });
}

Deno.test("oauth registers the capabilities of its flow, but for those switched off", () => {
  const names = (oauth: Partial<OAuthSettings>) => [
    ...oauthConnector({ tokenUrl: "https://idp.example/token", ...oauth })
      .capabilities.keys(),
  ];
  assertEquals(names({}), [
    "get_authorization_url",
    "handle_authorization_callback",
    "refresh_access_token",
  ]);
  assertEquals(names({ flowType: "client_credentials" }), [
    "handle_client_credentials_request",
    "refresh_access_token",
  ]);
  assertEquals(
    names({
      capabilities: { refreshAccessToken: false, getAuthorizationUrl: true },
    }),
    [
      "get_authorization_url",
      "handle_authorization_callback",
    ],
  );
  assertEquals(
    names({
      flowType: "client_credentials",
      capabilities: { handleClientCredentialsRequest: false },
    }),
    ["refresh_access_token"],
  );
});

Deno.test("a capability of oauth can be replaced once by one's own", async () => {
  const connector = oauthConnector({ tokenUrl: "https://idp.example/token" });
  const own = () => ({
    response: { access_token: "own", token_type: "bearer" as const },
  });
  connector.registerCapability("refresh_access_token", own);
  const answer = await ask(connector, "refresh_access_token", {
    ...CREDENTIALS,
    refresh_token: "r",
  });
  assertEquals(member(answer, "access_token"), "own");
  assertThrows(
    () => connector.registerCapability("refresh_access_token", own),
    TypeError,
    "refresh_access_token already registered",
  );
});

for (
  const [what, callback, state, words, appErrorCode] of [
    ["is no URL", "callback?code=c", null, "wanted an absolute URL", null],
    ["has no code", `${REDIRECT}?state=s`, null, "wanted a code", null],
    [
      "has another state",
      `${REDIRECT}?code=c&state=evil`,
      "s",
      "its state is not",
      null,
    ],
    ["has no state", `${REDIRECT}?code=c`, "s", "its state is not", null],
    [
      "has a state where an empty one was sent",
      `${REDIRECT}?code=c&state=evil`,
      "",
      "its state is not",
      null,
    ],
    [
      "has two states",
      `${REDIRECT}?code=c&state=s&state=evil`,
      "s",
      "wanted one state in its query",
      null,
    ],
    [
      "has two codes",
      `${REDIRECT}?code=c&code=evil&state=s`,
      "s",
      "wanted one code in its query",
      null,
    ],
    [
      "brings an error",
      `${REDIRECT}?error=access_denied`,
      null,
      "refused",
      "access_denied",
    ],
  ] as const
) {
  Deno.test(`handle_authorization_callback refuses a callback that ${what}, and asks nobody`, async () => {
    await using server = startAuthorizationServer();
    const connector = oauthConnector({ tokenUrl: `${server.url}/token` });
    const { error } = await ask(connector, "handle_authorization_callback", {
      ...CREDENTIALS,
      redirect_uri_with_code: callback,
      state,
    });
    assertEquals([error.error_code, error.app_error_code], [
      "mock.bad_request",
      appErrorCode,
    ]);
    assert(error.message.includes(words), error.message);
    assertEquals(server.calls.length, 0);
  });
}

for (
  const verifier of [
    undefined,
    null,
    "",
    "v".repeat(42),
    "v".repeat(129),
    `${"v".repeat(43)}!`,
    `${"v".repeat(43)}\n`,
  ]
) {
  Deno.test(`handle_authorization_callback with PKCE refuses the verifier ${JSON.stringify(verifier)}, and asks nobody`, async () => {
    await using server = startAuthorizationServer();
    const connector = oauthConnector({
      tokenUrl: `${server.url}/token`,
      pkce: true,
    });
    const { error } = await ask(connector, "handle_authorization_callback", {
      ...CREDENTIALS,
      redirect_uri_with_code: `${REDIRECT}?code=c`,
      code_verifier: verifier,
    });
    assertEquals([error.error_code, error.message], [
      "mock.bad_request",
      "Cannot use code_verifier: wanted 43 to 128 letters, digits and -._~",
    ]);
    assertEquals(server.calls.length, 0);
  });
}

Deno.test("handle_authorization_callback sends the redirect URI without query and fragment", async () => {
  await using server = startAuthorizationServer();
  const connector = oauthConnector({ tokenUrl: `${server.url}/token` });
  await ask(connector, "handle_authorization_callback", {
    ...CREDENTIALS,
    redirect_uri_with_code: `${REDIRECT}?code=c%2Fd&x=1#frag`,
  });
  const { fields, contentType } = server.calls[0] ?? { fields: {} };
  assertEquals(fields, {
    grant_type: "authorization_code",
    code: "c/d",
    redirect_uri: REDIRECT,
    ...CREDENTIALS,
  });
  assertEquals(contentType, "application/x-www-form-urlencoded");
});

for (
  const [what, answer, code, status] of [
    [
      "a page",
      () => new Response("<html>", { status: 200 }),
      "invalid_response",
      200,
    ],
    [
      "no token",
      () => Response.json({ token_type: "bearer" }),
      "invalid_response",
      200,
    ],
    [
      "another type",
      () => Response.json({ access_token: "a", token_type: "mac" }),
      "invalid_response",
      null,
    ],
    [
      "an error in 200",
      () => Response.json({ error: "invalid_grant" }),
      "api_error",
      200,
    ],
    ["a 500", () => new Response("oops", { status: 500 }), "api_error", 500],
    [
      "a redirect",
      () => Response.redirect("https://evil.example"),
      "api_error",
      302,
    ],
  ] as const
) {
  Deno.test(`a token endpoint that answers ${what} is ${code}`, async () => {
    await using server = startAuthorizationServer();
    server.answerWith(answer);
    const connector = oauthConnector({ tokenUrl: `${server.url}/token` });
    const { error } = await ask(connector, "refresh_access_token", {
      ...CREDENTIALS,
      refresh_token: "r",
    });
    assertEquals([error.error_code, error.status_code], [
      `mock.${code}`,
      status,
    ]);
    assertEquals(server.calls.length, 1);
  });
}

for (
  const [what, token, wanted] of [
    ["texts for numbers", { expires_in: "120", token_type: "BEARER" }, [
      120,
      "bearer",
    ]],
    ["no type", { expires_in: 5 }, [5, "bearer"]],
    ["a nonsense lifetime", { expires_in: "soon" }, [null, "bearer"]],
  ] as const
) {
  Deno.test(`a token endpoint may give ${what}`, async () => {
    await using server = startAuthorizationServer();
    server.answerWith(() => Response.json({ access_token: "a", ...token }));
    const connector = oauthConnector({ tokenUrl: `${server.url}/token` });
    const answer = await ask(connector, "refresh_access_token", {
      ...CREDENTIALS,
      refresh_token: "r",
    });
    const { expires_in, token_type } = answer.response as JsonObject;
    assertEquals([expires_in, token_type], [...wanted]);
  });
}

Deno.test("a token endpoint that does not answer in time is request_timeout", async () => {
  const connector = oauthConnector({
    tokenUrl: "https://idp.example/token",
    timeoutMs: 5,
    fetch: (_url, init) =>
      new Promise((_, reject) =>
        init.signal?.addEventListener(
          "abort",
          () => reject(init.signal?.reason),
        )
      ),
  });
  const { error } = await ask(connector, "refresh_access_token", {
    ...CREDENTIALS,
    refresh_token: "r",
  });
  assertEquals(error.error_code, "mock.request_timeout");
  assert(error.message.includes("idp.example"), error.message);
});

Deno.test("a token endpoint that cannot be reached is api_error", async () => {
  const connector = oauthConnector({
    tokenUrl: "https://idp.example/token",
    fetch: () => Promise.reject(new TypeError(`no route, ${CLIENT.secret}`)),
  });
  const { error } = await ask(connector, "refresh_access_token", {
    ...CREDENTIALS,
    refresh_token: "r",
  });
  assertEquals([error.error_code, error.status_code], ["mock.api_error", null]);
});
