import { Hono } from "hono";
import { serve, type Served } from "./_serve.ts";

/** A person as the CRM keeps one. */
export interface Contact {
  readonly id: string;
  readonly email: string;
}

/** The system of a company, in memory: `PUT` and `GET` of contacts, for whoever has the key. */
export interface Crm extends Served {
  readonly key: string;
}

/** Starts it. */
export function startCrm(): Crm {
  const key = crypto.randomUUID();
  const contacts = new Map<string, Contact>();
  const app = new Hono();
  app.use((c, next) =>
    c.req.header("x-api-key") === key
      ? next()
      : Promise.resolve(c.text("who are you", 401))
  );
  app.put("/contacts/:id", async (c) => {
    const { email } = await c.req.json();
    const contact = { id: c.req.param("id"), email };
    contacts.set(contact.id, contact);
    return c.json(contact);
  });
  app.get("/contacts", (c) => c.json([...contacts.values()]));
  return { ...serve(app.fetch), key };
}
