import type { Change, HandlerContext } from "@sluice/edge/company-data";
import type { WebhookSender } from "@sluice/edge/delivery";
import { ExecutionContext, type Integration } from "@sluice/edge/integration";
import type { KvStore } from "@sluice/edge/kv";
import type { Contact, Crm } from "./_crm.ts";
import { REQUEST_CONFIG } from "./_integration.ts";

/** What a company does with a change. */
export interface Company {
  readonly sender: WebhookSender;
  readonly crm: Crm;
  readonly integration: Integration;
}

/**
 * A handler that saves every new address in the CRM, then keeps it here and tells subscribers of it, in one commit.
 * What throws stays with the client, which tries again: the action saves the same contact, and the event has an id
 * that is made from that of the change, so that it is not emitted twice.
 */
export function savingInto(
  { sender, crm, integration }: Company,
  source: "feed" | "inbox",
): (change: Change, context: HandlerContext) => Promise<void> {
  const context = new ExecutionContext({
    auth: { auth_type: "Custom", credentials: { api_key: crm.key } },
    requestConfig: REQUEST_CONFIG,
  });
  return async ({ event: kind, slug, personId, value }, { id }) => {
    if (kind !== "field_updated" || slug !== "email" || !personId) return;
    const inputs = { id: personId, email: value };
    const { type } = await integration.executeAction(
      "save_contact",
      inputs,
      context,
    );
    if (type !== "action") throw new Error(`Cannot save a contact: ${type}`);
    const contact = { id: personId, email: String(value) };
    const event = {
      name: "contact.updated",
      data: contact,
      entity: `contact/${personId}`,
      id: `${source}-${id.replaceAll(".", "-")}`,
    };
    const sets = [{ key: ["contact", personId], value: contact }];
    await sender.emit(event, { commit: { sets } });
  };
}

/** The addresses that the company keeps. */
export async function contactsIn(kv: KvStore): Promise<Contact[]> {
  const contacts: Contact[] = [];
  for await (const { value } of kv.list<Contact>({ prefix: ["contact"] })) {
    contacts.push(value);
  }
  return contacts;
}
