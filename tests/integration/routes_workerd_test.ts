import { assertEquals } from "@std/assert";
import { bundleWorker, startWorkerd } from "../runtime/_workerd.ts";
import { serve } from "./_support.ts";

Deno.test("integrationRoutes() serves an Integration in real workerd", async () => {
  const script = await bundleWorker("../integration/_routes_worker.ts");
  await using world = serve(({ url, headers }) =>
    Response.json(`${url} ${headers.get("authorization")}`)
  );
  await using workerd = await startWorkerd({
    script,
    world: `127.0.0.1:${world.port}`,
  });
  const auth = {
    auth_type: "PlatformOauth2",
    credentials: { access_token: "t" },
  };
  const post = (path: string, body: unknown): Promise<unknown> =>
    workerd.ask(path, { method: "POST", body: JSON.stringify(body) });

  assertEquals(await post("/actions/echo", { inputs: { text: "a" }, auth }), {
    version: "2.0.0",
    type: "action",
    result: { data: "/a Bearer t", cost_usd: 0 },
  });
  const refused = await post("/actions/echo", { inputs: {}, auth });
  assertEquals(
    (refused as { result: { property: string } }).result.property,
    "/text",
  );
  assertEquals(await post("/triggers/news", { last_poll_ts: "now", auth }), [
    { id: 1, data: { title: "now" } },
  ]);
  const unread = await post("/account", "no object") as { type: string };
  assertEquals(unread.type, "validation_error");
  const info = await workerd.ask<{ name: string }>("/info");
  assertEquals(info.name, "Test");
});
