import { Hono } from "hono";

/** A person as the CRM keeps one. */
export interface Contact {
  readonly id: string;
  readonly email: string;
}

/** The system of a company, in memory: `PUT` and `GET` of contacts, for whoever has the key. */
export interface Crm extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
}

/** Starts it on a free port of this machine. */
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
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    app.fetch,
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    key,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
