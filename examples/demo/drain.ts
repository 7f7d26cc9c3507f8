/**
 * The process that the demo kills: drains the feed into the table, and says on its output what it has done.
 *
 * deno run drain.ts <allus.json> <table> [rows after which it stops for ever, to be killed]
 *
 * @module
 */
import { BinaryHandle, type Change, Client } from "@sluice/edge";
import { openTable, type Row } from "./_table.ts";
import type { Message } from "./_process.ts";
import { digestOf } from "./_verify.ts";

const [config = "allus.json", path = "table.jsonl", killAt] = Deno.args;
using table = openTable(path);
let again = 0;
// The demo must drain its sandbox, whatever service the environment of the user names.
await using client = await Client.fromConfig(config, { env: {} });

say({ kind: "rows", rows: table.size });
const report = await client.processChanges(keep, {
  batchSize: 200,
  concurrency: 8,
});
const { length: deadLetters } = await client.deadLetters();
say({ kind: "end", report, again, deadLetters });

/** The handler. It bears to see a change twice, because the table takes each id once. */
async function keep(change: Change): Promise<void> {
  if (!table.add(await rowOf(change))) again++;
  say({ kind: "rows", rows: table.size });
  // The worst moment to die: the row is on the disk, and nobody has acknowledged the change yet.
  if (table.size === Number(killAt)) await new Promise(() => {});
}

async function rowOf(change: Change): Promise<Row> {
  const { id, event, personId, slug } = change;
  return { id, event, person: personId, slug, said: await said(change) };
}

async function said(change: Change): Promise<unknown> {
  const { value } = change;
  if (value instanceof BinaryHandle) return await digestOf(await value.bytes());
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return value ?? change.messageBody ?? change.status ?? change.requestId ??
    change.publicKeySha256;
}

function say(message: Message): void {
  const line = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  Deno.stdout.writeSync(line);
}
