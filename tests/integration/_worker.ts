/** An integration in real workerd: registered at the start, run in a request, its `fetch` through a binding. */
import {
  ActionResult,
  type ExecutionContext,
  ExecutionContext as Context,
  Integration,
  runPollingTrigger,
} from "../../src/integration/mod.ts";
import { memoryKv } from "../../src/kv/mod.ts";
import { config, POLLING } from "./_config.ts";

interface Env {
  readonly WORLD: { fetch(url: URL, init: RequestInit): Promise<Response> };
}

const integration = await Integration.load(config({ ...POLLING }));

integration.action("echo")(
  class {
    async execute(
      inputs: { text: string },
      context: ExecutionContext,
    ): Promise<ActionResult> {
      const { data } = await context.fetch("http://world/hop", {
        params: { text: inputs.text },
      });
      return new ActionResult(data, { costUsd: 0 });
    }
  },
);
integration.pollingTrigger("news")(() => [
  { id: 1, data: { title: "a" } },
  { id: 1, data: { title: "a" } },
]);

async function poll(context: ExecutionContext): Promise<unknown> {
  const { delivered, polled } = await runPollingTrigger(integration, "news", {
    kv: memoryKv(),
    context,
    handler: () => {},
  });
  return { delivered, polled };
}

const worker: { fetch(request: Request, env: Env): Promise<Response> } = {
  async fetch(request, env): Promise<Response> {
    const context = new Context({
      auth: { auth_type: "PlatformOauth2", credentials: { access_token: "t" } },
      fetch: (url, init) => env.WORLD.fetch(url, init),
    });
    const { pathname } = new URL(request.url);
    if (pathname === "/poll") return Response.json(await poll(context));
    if (pathname === "/check") return Response.json(integration.check());
    const inputs: unknown = await request.json();
    return Response.json(
      await integration.executeAction("echo", inputs, context),
    );
  },
};
export default worker;
