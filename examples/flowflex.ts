/**
 * Sends an invoice with its PDF to FlowFlex, also when the platform is down or the process dies: the event is kept in
 * the folder `flowflex_outbox` first. Without an argument it sends what an earlier run has left.
 *
 *     deno run -A examples/flowflex.ts invoice-42.pdf
 *
 * It wants `FLOWFLEX_API_KEY`, `FLOWFLEX_API_SECRET`, `FLOWFLEX_INTEGRATION_CODE`, `FLOWFLEX_BASE_URL`, and in
 * `FLOWFLEX_SEALING_KEY` what `generateSealingKey()` of `@sluice/edge/crypto` made once.
 *
 * @module
 */
import { deriveIdempotencyKey, FlowFlex } from "@sluice/edge/flowflex";
import { fsKv } from "@sluice/edge/kv/fs";

const EVENT = "invoice.ready";

const kv = await fsKv("flowflex_outbox");
try {
  const client = new FlowFlex({
    apiKey: variable("API_KEY"),
    apiSecret: variable("API_SECRET"),
    integrationCode: variable("INTEGRATION_CODE"),
    baseUrl: variable("BASE_URL"),
    kv,
    sealingKey: variable("SEALING_KEY"),
  });
  const [path] = Deno.args;
  if (path !== undefined) {
    const invoice = client.file(path);
    await client.sendEventDurably(EVENT, {
      payload: { name: invoice.filename, invoice },
      // The same file sent twice by mistake counts once.
      idempotencyKey: await deriveIdempotencyKey(EVENT, invoice.filename),
    });
  }
  // In a service this belongs into a cron job.
  const { delivered, pending } = await client.processSends({
    deadlineMs: 20_000,
  });
  console.log(`${delivered} sent, ${pending} wait for later`);
  for (const dead of await client.deadSends()) {
    console.log(`given up: ${dead.event} of ${dead.at}, ${dead.error.name}`);
  }
} finally {
  await kv.close();
}

function variable(name: string): string {
  return Deno.env.get(`FLOWFLEX_${name}`) ?? "";
}
