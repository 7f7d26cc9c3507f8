/** The package as a worker loads it that only receives webhooks, to be measured; Hono is its own. */
export { Client } from "../../src/company_data/mod.ts";
export { webhookReceiver } from "../../src/hono/mod.ts";
