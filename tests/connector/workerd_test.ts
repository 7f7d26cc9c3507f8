import { assert, assertEquals } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { InfoResponse, JsonObject } from "../../src/connector/mod.ts";
import { bundleWorker, startWorkerd } from "../runtime/_workerd.ts";
import { CLIENT, startAuthorizationServer } from "./_authorization_server.ts";
import type { Answer } from "./_support.ts";

Deno.test("a connector in real workerd registers, dispatches, validates and gets tokens", async () => {
  await using server = startAuthorizationServer();
  const script = await bundleWorker("../connector/_worker.ts");
  const world = new URL(server.url).host;
  await using workerd = await startWorkerd({ script, world });
  const settings = { token_url: `${server.url}/token` };
  const ask = (name: string, request: JsonObject) =>
    workerd.ask<Answer>(`/${name}`, {
      method: "POST",
      body: JSON.stringify({ settings, ...request }),
    });

  const { response: info } = await workerd.ask<InfoResponse>("/info");
  assertEquals(info.capabilities, [
    "get_authorization_url",
    "handle_authorization_callback",
    "list_accounts",
    "refresh_access_token",
  ]);
  const document = await workerd.ask<JsonObject>("/openapi.json");
  assertEquals((await new Validator().validate(document)).valid, true);

  const auth = { token: { token: "t" } };
  const first = await ask("list_accounts", { auth, request: {} });
  const last = await ask("list_accounts", {
    auth,
    request: {},
    page: first.page,
  });
  assertEquals(last.page, null);
  const forged = { token: `${first.page?.token}A` };
  const refused = await ask("list_accounts", {
    auth,
    request: {},
    page: forged,
  });
  assertEquals(refused.error.error_code, "mock.invalid_page_token");
  const wrong = await ask("list_accounts", {
    auth: { token: { token: 5 } },
    request: {},
  });
  assert(
    wrong.error.message.startsWith(
      "Malformed auth in request - /auth/token/token",
    ),
  );

  const started = await ask("get_authorization_url", {
    request: {
      client_id: CLIENT.id,
      scopes: ["a"],
      redirect_uri: "https://a.example/cb",
      state: "s",
    },
  });
  const { authorization_url, code_verifier } = started.response as Record<
    string,
    string
  >;
  const asked = new URL(authorization_url ?? "");
  const consent = await fetch(`${server.url}/authorize${asked.search}`, {
    redirect: "manual",
  });
  await consent.body?.cancel();
  const granted = await ask("handle_authorization_callback", {
    request: {
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uri_with_code: consent.headers.get("location"),
      code_verifier,
    },
  });
  assertEquals(
    (granted.response as JsonObject)["expires_in"],
    3600,
    JSON.stringify(granted),
  );
});
