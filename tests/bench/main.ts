import { clientBench } from "./client_bench.ts";
import { table } from "./_measure.ts";
import { storeBench } from "./store_bench.ts";

console.log(table([...await clientBench(), ...await storeBench()]));
