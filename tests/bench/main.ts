/**
 * Measures each part against a ceiling of the same run: `deno task bench`.
 *
 * Without arguments it measures all parts and writes `tests/bench/results.md`. With the names of parts it measures
 * those and only prints, unless `--file=PATH` says where to write.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { clientBench } from "./client_bench.ts";
import { connectorBench } from "./connector_bench.ts";
import { deliveryBench } from "./delivery_bench.ts";
import { integrationBench } from "./integration_bench.ts";
import { type Row, table } from "./_measure.ts";
import { postgresBench } from "./postgres.ts";
import { report, thisMachine, writePage } from "./_report.ts";
import { storeBench } from "./store_bench.ts";
import { webhookBench } from "./webhook_bench.ts";

const RESULTS = new URL("./results.md", import.meta.url);
const PARTS: ReadonlyMap<string, () => Promise<Row[]>> = new Map([
  ["client", clientBench],
  ["store", storeBench],
  ["postgres", postgresBench],
  ["webhook", webhookBench],
  ["integration", integrationBench],
  ["connector", connectorBench],
  ["delivery", deliveryBench],
]);

async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => !arg.startsWith("--"));
  const file = args.find((arg) => arg.startsWith("--file="))?.slice(7) ??
    (names.length === 0 ? fromFileUrl(RESULTS) : undefined);
  const rows = await measured(names.length > 0 ? names : [...PARTS.keys()]);
  console.log(table(rows));
  if (file === undefined) return;
  const machine = await thisMachine();
  await writePage(file, report(rows, { machine, date: new Date() }));
  console.log(`\nwritten to ${file}`);
}

async function measured(names: readonly string[]): Promise<Row[]> {
  const unknown = names.find((name) => !PARTS.has(name));
  if (unknown !== undefined) {
    const wanted = [...PARTS.keys()].join(", ");
    throw new TypeError(`Cannot measure "${unknown}": wanted ${wanted}`);
  }
  const rows: Row[] = [];
  for (const name of names) {
    const found = await PARTS.get(name)?.() ?? [];
    if (found.length === 0) console.log(`${name}: cannot be measured here`);
    rows.push(...found);
  }
  return rows;
}

if (import.meta.main) await main(Deno.args);
