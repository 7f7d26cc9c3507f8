import { assertEquals } from "@std/assert";
import { bundleWorker, startWorkerd } from "../runtime/_workerd.ts";
import { serve } from "./_support.ts";

Deno.test("an Integration runs in real workerd", async (t) => {
  const script = await bundleWorker("../integration/_worker.ts");
  await using world = serve(({ url, headers }) =>
    url.startsWith("/hop")
      ? new Response(null, {
        status: 302,
        headers: { location: url.replace("hop", "end") },
      })
      : Response.json(`${url} ${headers.get("authorization")}`)
  );
  await using workerd = await startWorkerd({
    script,
    world: `127.0.0.1:${world.port}`,
  });
  const run = (inputs: unknown): Promise<unknown> =>
    workerd.ask("/", { method: "POST", body: JSON.stringify(inputs) });

  await t.step("executeAction() validates, runs and fetches", async () => {
    assertEquals(await run({ text: "a b" }), {
      version: "2.0.0",
      type: "action",
      result: { data: "/end?text=a+b Bearer t", cost_usd: 0 },
    });
    const wrong = await run({}) as { result: { property: string } };
    assertEquals(wrong.result.property, "/text");
  });
  await t.step("runPollingTrigger() delivers once", async () => {
    const poll = await workerd.ask("/poll");
    assertEquals(poll, { delivered: 1, polled: true });
  });
  await t.step("check() compiles schemas without eval", async () => {
    assertEquals(await workerd.ask("/check"), []);
  });
});
