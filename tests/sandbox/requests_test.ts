import { assertEquals } from "@std/assert";
import { askToken, startRig } from "./_support.ts";

Deno.test("requests counts each endpoint and lists what was asked", async () => {
  await using rig = await startRig();
  const { requests } = rig.sandbox;
  requests.clear();
  await askToken(rig.sandbox);
  await rig.get("/api/company-data/changes?limit=5", "application/xml");
  await rig.get("/nothing?a=b");
  rig.sandbox.failNext("logs", { kind: "status", status: 502 });
  await rig.get("/api/company-data/logs");
  assertEquals([
    requests.total,
    requests.count("token"),
    requests.count("logs"),
    requests.count("file"),
  ], [4, 1, 1, 0]);
  const json = {
    accept: "application/json",
    method: "GET",
    query: "",
    fault: null,
  };
  assertEquals<unknown>(requests.list(), [
    {
      ...json,
      endpoint: "token",
      method: "POST",
      path: "/oauth2/token",
      accept: "*/*",
      status: 200,
    },
    {
      ...json,
      endpoint: "changes",
      path: "/api/company-data/changes",
      query: "limit=5",
      accept: "application/xml",
      status: 200,
    },
    { ...json, endpoint: null, path: "/nothing", query: "a=b", status: 404 },
    {
      ...json,
      endpoint: "logs",
      path: "/api/company-data/logs",
      status: 502,
      fault: "status",
    },
  ]);
  assertEquals(requests.list("changes").length, 1);
});

Deno.test("requests remembers a bounded number and goes on counting", async () => {
  await using rig = await startRig({ requestLogSize: 3 });
  const { requests } = rig.sandbox;
  requests.clear();
  for (let i = 1; i <= 20; i++) {
    await rig.get(`/api/company-data/logs?offset=${i}`);
  }
  assertEquals(requests.list().map(({ query }) => query), [
    "offset=18",
    "offset=19",
    "offset=20",
  ]);
  assertEquals([requests.count("logs"), requests.total], [20, 20]);
});

Deno.test("requests holds no token and no secret", async () => {
  await using rig = await startRig({ clientSecret: "planted-secret" });
  const { access_token } = JSON.parse((await askToken(rig.sandbox)).text);
  await rig.get("/api/company-data/logs");
  const text = JSON.stringify(rig.sandbox.requests.list());
  assertEquals([
    text.includes("planted"),
    text.includes(access_token),
    text.includes("Bearer"),
  ], [false, false, false]);
});
