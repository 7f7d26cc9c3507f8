/** A connector served by real workerd, which asks the authorization server through its binding. */
import { Type } from "typebox";
import {
  type AnyConnector,
  Connector,
  credential,
  pageTokens,
} from "../../src/connector/mod.ts";
import { connectorRoutes } from "../../src/hono/connector_routes.ts";

interface Env {
  readonly WORLD: {
    fetch(url: URL, init: RequestInit): Promise<Response>;
  };
}

// At the top, as a real worker has it: no key, no random number and no request may be needed here.
const tokens = pageTokens({
  key: "0123456789abcdef",
  purpose: "mock/accounts",
});
const settings = Type.Object({ token_url: Type.String() });

function connectorOf(env: Env): AnyConnector {
  const connector = new Connector({
    appId: "mock",
    version: "0.1.0",
    auth: credential("token"),
    settings,
    descriptionData: { userFriendlyName: "Mock", categories: ["OTHER"] },
    oauth: {
      authorizationUrl: "https://idp.example/authorize",
      tokenUrl: ({ settings }) => String(settings["token_url"]),
      pkce: true,
      fetch: (url, init) => env.WORLD.fetch(url, init),
    },
  });
  connector.registerCapability("list_accounts", async ({ page }) => {
    const [cursor = { after: 0 }] = await tokens.cursors(page) ?? [];
    const after = Number(cursor["after"]);
    return {
      response: [{ integration_specific_id: `${after}` }],
      page: await tokens.next(after < 1 ? [{ after: after + 1 }] : []),
    };
  });
  return connector;
}

const worker: { fetch(request: Request, env: Env): Promise<Response> } = {
  fetch: async (request, env) =>
    await connectorRoutes(connectorOf(env)).fetch(request),
};

export default worker;
