import { assert, assertEquals, assertThrows } from "@std/assert";
import { Type } from "typebox";
import {
  Connector,
  ConnectorError,
  credential,
  CREDENTIAL_SCHEMAS,
  type CredentialSlot,
  extraData,
  getBasicAuth,
  getJwtAuth,
  getOauth,
  getSettings,
  getTokenAuth,
  type JsonObject,
} from "../../src/connector/mod.ts";
import { BASICS, call, mockConnector } from "./_support.ts";

const JWT = {
  headers: {
    alg: "a",
    jku: "a",
    jwk: "a",
    typ: "a",
    kid: "a",
    x5u: "a",
    x5c: "a",
    x5t: "a",
    "x5t#S256": "a",
    cty: "a",
    crit: ["a"],
  },
  claims: {
    iss: "a",
    sub: "a",
    aud: "a",
    exp: 1,
    nbf: 1,
    iat: 1,
    jti: "a",
    act: "a",
    scope: ["a"],
    client_id: "a",
    may_act: "a",
  },
  secret: "planted-secret",
};

/** What each slot may hold, and a member that it cannot do without. */
const CREDENTIALS: Record<CredentialSlot, [JsonObject, string | null]> = {
  oauth: [{ access_token: "planted-secret" }, "access_token"],
  oauth_client_credentials: [{
    access_token: "planted-secret",
    client_id: "id",
    client_secret: "planted-secret",
    scopes: ["a"],
  }, "scopes"],
  basic: [{ username: "anna", password: "planted-secret" }, "password"],
  token: [{ token: "planted-secret" }, "token"],
  jwt: [JWT, "claims"],
  oauth1: [{
    consumer_key: "planted-secret",
    consumer_secret: "planted-secret",
    token_id: "id",
    token_secret: "planted-secret",
  }, "token_secret"],
  service_account: [{ private_key: "planted-secret" }, null],
  key_pair: [{ private_key: "planted-secret" }, null],
};

const slots = Object.keys(CREDENTIALS) as CredentialSlot[];

Deno.test("credential() knows every slot of the protocol", () => {
  assertEquals(Object.keys(CREDENTIAL_SCHEMAS), slots);
});

for (const slot of slots) {
  const [held, needed] = CREDENTIALS[slot];

  const messageFor = async (auth: unknown): Promise<string | undefined> => {
    const connector = mockConnector({ auth: credential(slot) });
    connector.registerCapability("list_accounts", () => ({ response: [] }));
    const answer = await call(connector, "list_accounts", { auth });
    if (!answer.is_error) return undefined;
    assertEquals(answer.error.error_code, "mock.bad_request");
    assert(!JSON.stringify(answer).includes("planted"), answer.error.message);
    return answer.error.message;
  };

  Deno.test(`dispatch() takes the credential ${slot}`, async () => {
    assertEquals(await messageFor({ [slot]: held }), undefined);
  });

  Deno.test(`dispatch() misses the credential ${slot} by name`, async () => {
    const missing = `Missing '${slot}' auth in request`;
    const other = slot === "token" ? "basic" : "token";
    assertEquals(await messageFor({}), missing);
    assertEquals(await messageFor({ [slot]: null }), missing);
    assertEquals(await messageFor({ [other]: CREDENTIALS[other][0] }), missing);
    assertEquals(await messageFor(undefined), "Missing auth in request");
  });

  Deno.test(`dispatch() refuses an auth for ${slot} of another form`, async () => {
    assertEquals(await messageFor(null), "Malformed auth in request");
    assertEquals(await messageFor("planted"), "Malformed auth in request");
    assertEquals(await messageFor([held]), "Malformed auth in request");
    const text = await messageFor({ [slot]: "planted" });
    assert(
      text?.startsWith(`Malformed auth in request - /auth/${slot} `),
      text,
    );
    if (needed === null) return;
    const { [needed]: _, ...rest } = held;
    const lacking = await messageFor({ [slot]: rest });
    assert(
      lacking?.startsWith(`Malformed auth in request - /auth/${slot}`),
      lacking,
    );
    assert(lacking?.includes(needed), lacking);
    const wrong = await messageFor({ [slot]: { ...held, [needed]: 5 } });
    assert(wrong?.includes(`/auth/${slot}/${needed}`), wrong);
  });
}

Deno.test("credential() checks the members of the connector's own too", async () => {
  const auth = credential("token", Type.Object({ region: Type.String() }));
  const connector = new Connector({ ...BASICS, auth });
  connector.registerCapability("validate_credentials", (args) => ({
    response: {
      valid: true,
      unique_tenant_id: args.auth.token.region + args.auth.token.token,
    },
  }));
  const name = "validate_credentials";
  const lacking = await call(connector, name, {
    auth: { token: { token: "t" } },
  });
  assert(lacking.error.message.includes("region"), lacking.error.message);
  const right = await call(connector, name, {
    auth: { token: { token: "t", region: "eu-" } },
  });
  assertEquals(right.response, { valid: true, unique_tenant_id: "eu-t" });
});

Deno.test("credential() lets titles and hints be added, and no type be changed", () => {
  const hinted = credential("token", {
    type: "object",
    properties: {
      token: { type: "string", title: "API key", "x-field_type": "HIDDEN" },
    },
  });
  assertEquals(hinted.schema.properties?.["token"], {
    type: "string",
    title: "API key",
    "x-field_type": "HIDDEN",
  });
  assertThrows(
    () =>
      credential("token", {
        type: "object",
        properties: { token: { type: "integer" } },
      }),
    TypeError,
    'Cannot extend the credential "token": wanted the standard type for "token"',
  );
});

Deno.test("credential() refuses an unknown kind and what is no object schema", () => {
  assertThrows(
    () => credential("cookie" as "basic"),
    TypeError,
    'Cannot use the credential "cookie": wanted one of oauth,',
  );
  assertThrows(
    () => credential("basic", Type.String() as never),
    TypeError,
    "wanted an object schema",
  );
});

Deno.test("getOauth() gives the oauth slot, else that of the client credentials", () => {
  const client = {
    access_token: "c",
    client_id: "i",
    client_secret: "s",
    scopes: [],
  };
  const oauth = { access_token: "o" };
  assertEquals(
    getOauth({ auth: { oauth, oauth_client_credentials: client } }),
    oauth,
  );
  assertEquals(
    getOauth({ auth: { oauth_client_credentials: client } }),
    client,
  );
});

for (
  const [name, read] of Object.entries({
    getOauth,
    getBasicAuth,
    getTokenAuth,
    getJwtAuth,
  })
) {
  Deno.test(`${name}() says wrong auth when its slot is empty`, () => {
    for (const args of [{}, { auth: undefined }, { auth: {} }]) {
      const error = assertThrows(
        () => read(args),
        ConnectorError,
        "Wrong auth",
      );
      assertEquals(error.errorCode, "bad_request");
    }
  });
}

Deno.test("getBasicAuth(), getTokenAuth() and getJwtAuth() give what their slots hold", () => {
  const basic = { username: "a", password: "b" };
  const token = { token: "t" };
  assertEquals(getBasicAuth({ auth: { basic } }), basic);
  assertEquals(getTokenAuth({ auth: { token } }), token);
  assertEquals(getJwtAuth({ auth: { jwt: JWT } }), JWT);
});

Deno.test("getSettings() types settings, takes none for {} and refuses others", () => {
  const schema = Type.Object({ tenant: Type.Optional(Type.String()) });
  assertEquals(getSettings({ settings: { tenant: "t" } }, schema).tenant, "t");
  assertEquals(getSettings({}, schema), {});
  const error = assertThrows(
    () => getSettings({ settings: { tenant: 5 } }, schema),
    ConnectorError,
    "Invalid request settings - /tenant",
  );
  assertEquals(error.errorCode, "bad_request");
});

Deno.test("extraData() drops what is empty and writes the rest as texts", () => {
  assertEquals(
    extraData({
      a: "x",
      b: 5,
      c: 0,
      d: "",
      e: null,
      f: undefined,
      g: false,
      h: true,
      i: [1],
    }),
    { a: "x", b: "5", h: "true", i: "[1]" },
  );
});
