/**
 * Drains the change feed of the service that `allus.json` names, and prints what happened.
 *
 *     deno run -A examples/deno_script.ts
 *
 * @module
 */
import { Client } from "@sluice/edge";

await using client = await Client.fromConfig("allus.json");

const report = await client.processChanges((change) => {
  console.log(change.event, change.personId, change.slug, change.value);
});
console.log(`${report.delivered} delivered, ${report.pending} wait for later`);

for (const { id, error } of await client.deadLetters()) {
  console.log("given up:", id, error.name, error.message ?? "");
}
