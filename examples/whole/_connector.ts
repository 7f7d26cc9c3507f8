import {
  type AnyConnector,
  Connector,
  credential,
} from "@sluice/edge/connector";
import { ExecutionContext } from "@sluice/edge/integration";
import type { Contact } from "./_crm.ts";
import { REQUEST_CONFIG } from "./_integration.ts";

/** A connector with one capability: lists the contacts of the CRM at `url` as accounts. */
export function crmConnector(url: string): AnyConnector {
  const connector = new Connector({
    appId: "crm",
    version: "0.1.0",
    auth: credential("token"),
    descriptionData: { userFriendlyName: "CRM", categories: ["OTHER"] },
  });
  connector.registerCapability("list_accounts", async ({ auth, signal }) => {
    const crm = new ExecutionContext({
      auth: { api_key: auth.token.token },
      requestConfig: REQUEST_CONFIG,
      signal,
    });
    const { data } = await crm.fetch(`${url}/contacts`);
    const response = (data as Contact[]).map(({ id, email }) => ({
      integration_specific_id: id,
      email,
    }));
    return { response };
  });
  return connector;
}
