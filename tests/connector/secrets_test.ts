import { assert, assertEquals, assertRejects } from "@std/assert";
import { Type } from "typebox";
import {
  Connector,
  ConnectorError,
  credential,
  HttpHandler,
  type JsonObject,
} from "../../src/connector/mod.ts";
import { secretsOf } from "../../src/connector/redact.ts";
import { startAuthorizationServer } from "./_authorization_server.ts";
import { BASICS } from "./_support.ts";

const PLANTED = {
  password: "pl@nted päss/word",
  apiKey: "planted-api-key",
  hidden: "planted-hidden-setting",
  pin: "planted-pin-of-request",
  inner: "planted-inner-token",
  client_secret: "planted &client= secret",
  refresh_token: "planted-refresh-token",
  code: "planted-code-1234",
  code_verifier: "planted-verifier-of-forty-three-characters-00",
};

const settings = Type.Object({
  api_key: Type.String(),
  hidden: Type.String({ "x-secret": true }),
  deep: Type.Object({ session_token: Type.Array(Type.String()) }),
});

function formEncoded(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}

function basicOf(id: string, secret: string): string {
  return btoa(
    String.fromCharCode(...new TextEncoder().encode(`${id}:${secret}`)),
  );
}

/** Every form in which a careless part could repeat a secret. */
function echoes(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    formEncoded(secret),
    JSON.stringify({ secret }).slice(11, -2),
  ];
}

function assertClean(outputs: readonly string[]): void {
  const text = outputs.join("\n");
  const forms = Object.values(PLANTED).flatMap((secret) => [
    ...echoes(secret),
    basicOf("anna", secret),
    basicOf("anna", formEncoded(secret)),
  ]);
  for (const form of forms) assert(!text.includes(form), `${form} in ${text}`);
}

const REQUEST: JsonObject = {
  auth: { basic: { username: "anna", password: PLANTED.password } },
  settings: {
    api_key: PLANTED.apiKey,
    hidden: PLANTED.hidden,
    deep: { session_token: [PLANTED.inner] },
  },
  request: { account_id: "7", pin: PLANTED.pin },
};

Deno.test("dispatch() lets no secret of the request into errors or log lines", async () => {
  const lines: string[] = [];
  const logger = {
    info: (l: string) => void lines.push(l),
    warn: (l: string) => void lines.push(l),
  };
  const basic = basicOf("anna", PLANTED.password);
  const failures = [
    ...Object.values(PLANTED).slice(0, 5).flatMap(echoes).map((text) =>
      new Error(`failed: ${text}`)
    ),
    new Error(`Authorization: Basic ${basic}`),
    PLANTED.apiKey,
    Object.assign(new Error("x", { cause: PLANTED.password }), {
      appErrorCode: PLANTED.hidden,
    }),
  ];
  const outputs: string[] = [];
  for (const failure of failures) {
    const connector = new Connector({
      ...BASICS,
      settings,
      logger,
      exceptionHandlers: [[Error, {
        handle: (error, { body }) => ({
          ...HttpHandler.handle(error, {
            capability: "",
            errorCode: null,
            body,
          }),
          app_error_code: (error as Error).message,
        }),
      }]],
    });
    connector.registerCapability("delete_account", () => {
      throw failure;
    }, { request: Type.Object({ pin: Type.String({ "x-secret": true }) }) });
    outputs.push(
      await connector.dispatch("delete_account", JSON.stringify(REQUEST)),
    );
  }
  assertEquals(lines.length, failures.length);
  assert(outputs.join().includes("[redacted]"));
  assertClean([...outputs, ...lines]);
});

Deno.test("dispatch() lets no secret into the refusal of a request", async () => {
  const connector = new Connector({ ...BASICS, settings });
  connector.registerCapability("delete_account", () => ({
    response: { status: "DELETED", deleted: true },
  }));
  const { password, apiKey, hidden, inner } = PLANTED;
  const wrong: JsonObject[] = [
    { ...REQUEST, auth: password },
    { ...REQUEST, auth: { basic: password } },
    { ...REQUEST, auth: { basic: { username: password } } },
    { ...REQUEST, auth: { basic: { username: "anna", password: [password] } } },
    {
      ...REQUEST,
      settings: { api_key: [apiKey], hidden: { hidden }, deep: inner },
    },
    { ...REQUEST, request: { account_id: [password] } },
    { ...REQUEST, request: password },
    { ...REQUEST, page: { token: [inner] } },
  ];
  const outputs = await Promise.all(
    wrong.map((each) =>
      connector.dispatch("delete_account", JSON.stringify(each))
    ),
  );
  outputs.forEach((output) => assert(output.includes("bad_request"), output));
  outputs.push(
    await connector.dispatch("delete_account", `{"auth": "${password}`),
  );
  assertClean(outputs);
});

for (
  const [what, slot, held, said, wanted] of [
    ["a member of its own", { token: "tok1", pat: "PAT-5678" }, "no PAT-5678"],
    ["a number", { token: "tok1", pin: 12345678 }, "no 12345678"],
    ["a short text", { token: "a c" }, "no (a c)!", "no ([redacted])!"],
    ["a short text in a word", { token: "abc" }, "an abcd", "an abcd"],
    ["a line", { token: "-----A\nLINEONE\r\nLINETWO" }, "no LINETWO"],
    ["base64", { token: "tok-secret-1" }, `no ${btoa("tok-secret-1")}`],
    [
      "base64 of a header",
      { token: "tok-secret-1" },
      [
        `no ${btoa("anna:tok-secret-1")}`,
      ].join(),
    ],
    [
      "base64 at another place",
      { token: "tok-secret-1" },
      [
        `no ${btoa("{ab:tok-secret-1}")}`,
      ].join(),
    ],
    [
      "base64 for URLs",
      { token: "t?>~t?>~t?>~" },
      [
        `no ${btoa("at?>~t?>~t?>~").replaceAll("+", "-").replaceAll("/", "_")}`,
      ].join(),
    ],
    ["base64 of a short text", { token: "abc" }, `no ${btoa("abc:")}`],
    ["what is deep", {
      token: "tok1",
      deep: JSON.parse('{"a":'.repeat(100) + '"DEEP-1"' + "}".repeat(100)),
    }, "no DEEP-1"],
    [
      "no name or address",
      { token: "tok1", username: "anna", base_url: "https://a.example" },
      "anna at https://a.example",
      "anna at https://a.example",
    ],
  ].map(([what, held, said, wanted = "no [redacted]"]) =>
    [what, "token", held, said, wanted] as [
      string,
      "token",
      JsonObject,
      string,
      string,
    ]
  )
) {
  Deno.test(`dispatch() hides of a credential ${what}`, async () => {
    const connector = new Connector({ ...BASICS, auth: credential(slot) });
    connector.registerCapability("list_accounts", () => {
      throw new Error(said);
    });
    const json = JSON.stringify({ auth: { [slot]: held }, request: {} });
    const { error } = JSON.parse(
      await connector.dispatch("list_accounts", json),
    );
    assertEquals(error.message, wanted);
  });
}

Deno.test("dispatch() hides a secret in every member of an envelope, and keeps its own names", async () => {
  const token = "mock";
  const connector = new Connector({
    ...BASICS,
    auth: credential("token"),
    exceptionHandlers: [[Error, {
      handle: (_error, { body }) => ({
        ...body,
        message: token,
        app_error_code: token,
        raised_by: token,
        raised_in: `at ${token}`,
      }),
    }]],
  });
  connector.registerCapability("list_accounts", () => {
    throw new Error("no");
  });
  const request = { auth: { token: { token } }, request: {} };
  const { error } = JSON.parse(
    await connector.dispatch("list_accounts", JSON.stringify(request)),
  );
  assertEquals(error, {
    message: "[redacted]",
    status_code: null,
    app_error_code: "[redacted]",
    error_code: "mock.unexpected_error",
    app_id: "mock",
    raised_by: "[redacted]",
    raised_in: "at [redacted]",
  });
});

Deno.test("dispatch() hides a secret that is the name of a refused member", async () => {
  const closed = Type.Object({}, { additionalProperties: false });
  const connector = new Connector({ ...BASICS, settings: closed });
  connector.registerCapability("list_accounts", () => ({ response: [] }));
  const json = JSON.stringify({
    auth: REQUEST["auth"],
    settings: { [PLANTED.password]: 1 },
    request: {},
  });
  const answer = await connector.dispatch("list_accounts", json);
  assert(answer.includes("/settings/[redacted]"), answer);
  assertClean([answer]);
});

Deno.test("the OAuth module throws no secret when handleErrors is false", async () => {
  const { client_secret, refresh_token, code, code_verifier } = PLANTED;
  const client = { client_id: "anna", client_secret };
  const redirect_uri_with_code = `https://a.example/cb?code=${code}`;
  const requests: [string, JsonObject][] = [
    ["refresh_access_token", { ...client, refresh_token }],
    ["handle_authorization_callback", {
      ...client,
      code_verifier,
      redirect_uri_with_code,
    }],
  ];
  const echo = (init: RequestInit): Response =>
    Response.json({ error: "no", error_description: `Echo ${init.body}` }, {
      status: 400,
    });
  const breaks = (init: RequestInit): Response => {
    throw new TypeError(`Echo ${init.body}`);
  };
  for (const answer of [echo, breaks]) {
    for (const data of ["form", "json"] as const) {
      const connector = new Connector({
        ...BASICS,
        handleErrors: false,
        oauth: {
          tokenUrl: "https://idp.example/token",
          requestType: { data },
          fetch: (_url, init) => Promise.resolve(init).then(answer),
        },
      });
      for (const [name, request] of requests) {
        const error = await assertRejects(
          () => connector.dispatch(name, JSON.stringify({ request })),
          ConnectorError,
          "Cannot get a token from idp.example: ",
        );
        assertClean([error.message, Deno.inspect(error)]);
      }
    }
  }
});

Deno.test("the OAuth module lets no secret out, even when the server repeats what it got", async () => {
  await using server = startAuthorizationServer();
  const { client_secret, refresh_token, code, code_verifier } = PLANTED;
  const outputs: string[] = [];
  for (
    const clientAuth of ["client_secret_post", "client_secret_basic"] as const
  ) {
    for (const data of ["form", "query", "json"] as const) {
      const connector = new Connector({
        ...BASICS,
        auth: credential("oauth"),
        logger: { info: () => {}, warn: (line) => void outputs.push(line) },
        oauth: {
          tokenUrl: `${server.url}/token`,
          clientAuth,
          requestType: { data },
        },
      });
      const client = { client_id: "anna", client_secret };
      const requests: [string, JsonObject][] = [
        ["refresh_access_token", { ...client, refresh_token }],
        ["handle_authorization_callback", {
          ...client,
          code_verifier,
          redirect_uri_with_code: `https://a.example/cb?code=${code}`,
        }],
      ];
      for (const [name, request] of requests) {
        outputs.push(
          await connector.dispatch(name, JSON.stringify({ request })),
        );
      }
    }
  }
  assertEquals(server.calls.length, 12);
  outputs.forEach((output) =>
    assert(output.includes("Unknown client"), output)
  );
  assertClean(outputs);
});

Deno.test("info() names the fields that are secret and holds no value of a request", () => {
  const { authentication_schema } =
    new Connector({ ...BASICS, settings }).info().response;
  assert(JSON.stringify(authentication_schema).includes('"x-secret":true'));
});

const UNSEEN = "[redacted: too much to look through]";

/** What a connector says to so many secrets, where the request is refused and where the handler fails. */
async function refusals(secrets: readonly string[]): Promise<string[]> {
  const connector = new Connector(BASICS);
  connector.registerCapability("validate_credentials", () => {
    throw new ConnectorError(`no ${secrets.at(-1)}`, {
      errorCode: "api_error",
      appErrorCode: "their code",
    });
  });
  const basic = { username: "anna", password: PLANTED.password, secrets };
  const requests = [{ auth: { basic }, request: {} }, {
    auth: { basic: { ...basic, password: 1 } },
    request: {},
  }];
  const answers = requests.map((request) =>
    connector.dispatch("validate_credentials", JSON.stringify(request), {
      logger: SILENT,
    })
  );
  return (await Promise.all(answers)).map((json) =>
    JSON.stringify(JSON.parse(json).error)
  );
}

const SILENT = { info: (): void => {}, warn: (): void => {} };

Deno.test("dispatch() repeats no words where the request holds too many secrets to look for", async () => {
  const texts = Array.from({ length: 1_001 }, (_, i) => `text-${i}`);
  const many = [...texts, "to", "text-1001"];
  for (const json of await refusals(many)) {
    assertEquals(JSON.parse(json).message, UNSEEN);
    assert(!json.includes("text-") && !json.includes("their code"), json);
  }
  const [failed, refused] = await refusals(many.slice(0, 500));
  assertEquals(JSON.parse(failed ?? "").message, "no [redacted]");
  assert(refused?.includes("Malformed auth in request"), refused);
});

Deno.test("secretsOf() stops where nobody would look for more", () => {
  const auth = Array.from({ length: 300_000 }, (_, i) => `text-${i}`);
  assertEquals(secretsOf({ auth }, new Set()).length, 1_001);
});

Deno.test("dispatch() repeats no words that are too long for the secrets of the request", async () => {
  const connector = new Connector(BASICS);
  const words = "x".repeat(50_000);
  connector.registerCapability("validate_credentials", () => {
    throw new Error(words);
  });
  for (const [count, message] of [[300, UNSEEN], [3, words]] as const) {
    const texts = Array.from({ length: count }, (_, i) => `text-${i}`);
    const secrets = ["to", ...texts];
    const basic = { username: "anna", password: PLANTED.password, secrets };
    const json = JSON.stringify({ auth: { basic }, request: {} });
    const answer = await connector.dispatch("validate_credentials", json, {
      logger: SILENT,
    });
    assertEquals(JSON.parse(answer).error.message, message);
  }
});
