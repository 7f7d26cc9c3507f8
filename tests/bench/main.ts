import { clientBench } from "./client_bench.ts";
import { table } from "./_measure.ts";

const rows = await clientBench();
console.log(table(rows));
