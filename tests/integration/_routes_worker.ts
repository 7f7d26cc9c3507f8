/** An integration served by real workerd, its `fetch` through a binding. */
import {
  integrationRoutes,
  type IntegrationRoutesOptions,
} from "../../src/hono/integration_routes.ts";
import { ActionResult, Integration } from "../../src/integration/mod.ts";
import { config, POLLING } from "./_config.ts";

type Fetch = NonNullable<
  NonNullable<IntegrationRoutesOptions["context"]>["fetch"]
>;

const integration = await Integration.load(config({ ...POLLING }));
integration.action("echo")(async ({ text }, context) => {
  const { data } = await context.fetch(`http://world/${text}`);
  return new ActionResult(data, { costUsd: 0 });
});
integration.pollingTrigger("news")((_, lastPollTs) => [
  { id: 1, data: { title: lastPollTs } },
]);

const worker: {
  fetch(
    request: Request,
    env: { WORLD: { fetch: Fetch } },
  ): Promise<Response>;
} = {
  fetch: async (request, env) =>
    await integrationRoutes(integration, {
      context: { fetch: (url, init) => env.WORLD.fetch(url, init) },
    }).fetch(request),
};

export default worker;
