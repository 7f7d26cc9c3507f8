import {
  ActionResult,
  Integration,
  type RequestConfig,
} from "@sluice/edge/integration";

/** How the CRM is asked, by the action and by the connector alike. */
export const REQUEST_CONFIG: RequestConfig = { apiKey: { field: "api_key" } };

/** An integration with one action: keeps the address of a contact in the CRM at `url`. */
export async function crmIntegration(url: string): Promise<Integration> {
  const integration = await Integration.load({
    name: "CRM",
    version: "1.0.0",
    description: "Keeps contacts",
    auth: {
      type: "custom",
      fields: {
        type: "object",
        properties: { api_key: { type: "string" } },
        required: ["api_key"],
      },
    },
    actions: {
      save_contact: {
        description: "Saves the address of a contact",
        input_schema: {
          type: "object",
          properties: {
            id: { type: "string", minLength: 1 },
            email: { type: "string", minLength: 3 },
          },
          required: ["id", "email"],
        },
        output_schema: { type: "object", required: ["id", "email"] },
      },
    },
  });
  integration.action("save_contact")(async ({ id, email }, context) => {
    const path = encodeURIComponent(String(id));
    // The same contact twice is one contact: a change may come a second time.
    const { data } = await context.fetch(`${url}/contacts/${path}`, {
      method: "PUT",
      json: { email },
    });
    return new ActionResult(data, { costUsd: 0 });
  });
  return integration;
}
