import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { askToken, quickSandbox, read, startRig } from "./_support.ts";

Deno.test("token endpoint gives a bearer token for the right credentials", async () => {
  await using rig = await startRig({ tokenLifetimeSeconds: 120 });
  const { status, headers, text } = await askToken(rig.sandbox);
  assertEquals(status, 200);
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("cache-control"), "no-store, no-transform");
  const { access_token, ...rest } = JSON.parse(text);
  assertMatch(access_token, /^[0-9a-f]{32}$/);
  assertEquals(rest, { token_type: "Bearer", expires_in: 120 });
});

Deno.test("token endpoint answers JSON even to those who accept XML only", async () => {
  await using rig = await startRig();
  const accept = { accept: "application/xml" };
  assertEquals(
    JSON.parse((await askToken(rig.sandbox, {}, accept)).text).token_type,
    "Bearer",
  );
  const refused = await askToken(rig.sandbox, { client_id: "x" }, accept);
  assertEquals(JSON.parse(refused.text).error_key, "oauth.bad_client");
  rig.sandbox.failNext("token", { kind: "status", status: 503 });
  const failed = await askToken(rig.sandbox, {}, accept);
  assertEquals(failed.headers.get("content-type"), "application/json");
});

Deno.test("token endpoint answers 401 oauth.bad_client when the id or the secret is wrong", async () => {
  await using rig = await startRig();
  for (const over of [{ client_id: "svc_other" }, { client_secret: "x" }]) {
    const { status, text } = await askToken(rig.sandbox, over);
    assertEquals(status, 401);
    assertEquals(JSON.parse(text).error_key, "oauth.bad_client");
  }
});

Deno.test("token endpoint answers 400 when the form is not exactly the documented one", async () => {
  await using rig = await startRig();
  const { sandbox, server } = rig;
  const { client_id, client_secret } = sandbox.config();
  const form =
    `grant_type=client_credentials&client_id=${client_id}&client_secret=${client_secret}`;
  const type = "application/x-www-form-urlencoded";
  const attempts: [
    body: string,
    headers: Record<string, string>,
    key: string,
  ][] = [
    [form + "&scope=all", { "content-type": type }, "oauth.invalid_request"],
    [
      form + "&client_id=twice",
      { "content-type": type },
      "oauth.invalid_request",
    ],
    [
      "grant_type=client_credentials",
      { "content-type": type },
      "oauth.invalid_request",
    ],
    [form, { "content-type": "text/plain" }, "oauth.invalid_request"],
    [
      form,
      { "content-type": type, authorization: "Basic eDp5" },
      "oauth.invalid_request",
    ],
    [
      form + "x".repeat(20_000),
      { "content-type": type },
      "oauth.invalid_request",
    ],
    [
      form.replace("client_credentials", "password"),
      { "content-type": type },
      "oauth.unsupported_grant",
    ],
  ];
  for (const [body, headers, key] of attempts) {
    const { status, text } = await read(
      fetch(`${server.url}/oauth2/token`, { method: "POST", headers, body }),
    );
    assertEquals([status, JSON.parse(text).error_key], [400, key]);
  }
  const good = await read(fetch(`${server.url}/oauth2/token`, {
    method: "POST",
    headers: { "content-type": `${type};charset=UTF-8` },
    body: form,
  }));
  assertEquals(good.status, 200);
});

Deno.test("token endpoint names the home region when it is given", async () => {
  await using rig = await startRig({ regionUrl: "https://eu.example.com" });
  assertEquals(
    JSON.parse((await askToken(rig.sandbox)).text).api_url,
    "https://eu.example.com",
  );
});

Deno.test("every endpoint but the token's answers 401 auth.expired without a good token", async () => {
  await using rig = await startRig();
  const { server } = rig;
  for (
    const path of [
      "/api/company-data/request-fields",
      "/api/company-data/connections",
      "/api/company-data/connections/c",
      "/api/company-data/connections/c/slots/s/file",
      "/api/company-data/changes",
      "/api/company-data/logs",
      "/api/keys/ABC",
    ]
  ) {
    for (
      const authorization of ["", "Bearer", "Bearer x", "Basic x", "Bearer x y"]
    ) {
      const { status, text } = await read(
        fetch(server.url + path, { headers: { authorization } }),
      );
      assertEquals([path, status, JSON.parse(text).error_key], [
        path,
        401,
        "auth.expired",
      ]);
    }
  }
});

Deno.test("a good token is refused under another scheme or with more after it", async () => {
  await using rig = await startRig();
  const { access_token } = JSON.parse((await askToken(rig.sandbox)).text);
  const statuses: number[] = [];
  for (
    const authorization of [
      `Basic ${access_token}`,
      `Bearer ${access_token} x`,
      access_token,
      `bearer ${access_token}`,
    ]
  ) {
    const url = `${rig.server.url}/api/company-data/logs`;
    statuses.push(
      (await read(fetch(url, { headers: { authorization } }))).status,
    );
  }
  assertEquals(statuses, [401, 401, 401, 200]);
});

Deno.test("a token is refused from the millisecond on in which it runs out", async () => {
  let now = 1_000_000;
  await using rig = await startRig({
    now: () => now,
    tokenLifetimeSeconds: 60,
  });
  now += 59_999;
  assertEquals((await rig.get("/api/company-data/changes")).status, 200);
  now += 1;
  assertEquals((await rig.get("/api/company-data/changes")).status, 401);
});

Deno.test("expireTokens() makes every token unknown and new ones are given", async () => {
  await using rig = await startRig();
  rig.sandbox.expireTokens();
  const { status, text } = await rig.get(
    "/api/company-data/changes",
    "application/xml",
  );
  assertEquals(status, 401);
  assertMatch(
    text,
    /^<response><error>[^<]+<\/error><error_key>auth\.expired<\/error_key><\/response>$/,
  );
  assertEquals((await askToken(rig.sandbox)).status, 200);
});

Deno.test("createSandbox() makes a new secret and passphrase each time unless they are given", async () => {
  const [one, two] = [await quickSandbox(), await quickSandbox()];
  assertNotEquals(one.config().client_secret, two.config().client_secret);
  assertNotEquals(one.config().key_passphrase, two.config().key_passphrase);
  const given = await quickSandbox({
    clientId: "svc_a",
    clientSecret: "b",
    passphrase: "c",
  });
  const { client_id, client_secret, key_passphrase } = given.config();
  assertEquals([client_id, client_secret, key_passphrase], ["svc_a", "b", "c"]);
});
