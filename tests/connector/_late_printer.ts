/** A connector run as a process, whose handler prints with every function of `console`, and again after its answer. */
import { Connector, credential } from "../../src/connector/mod.ts";
import { runConnector } from "../../src/hono/run_connector.ts";

const connector = new Connector({
  appId: "mock",
  version: "0.1.0",
  auth: credential("token"),
  descriptionData: { userFriendlyName: "Mock", categories: ["OTHER"] },
});
connector.registerCapability("list_accounts", ({ auth }) => {
  const { token } = auth.token;
  console.table([{ token }]);
  console.dir({ token }, { depth: 1 });
  console.dirxml(token);
  console.trace(token);
  console.group(token);
  console.groupCollapsed(token);
  console.groupEnd();
  console.assert(false, token);
  console.assert(true, token);
  console.count(token);
  console.time(token);
  console.timeLog(token, token);
  console.timeEnd(token);
  setTimeout(() => console.log("late", token));
  return { response: [] };
});

await runConnector(connector, Deno.args);
