import { clientBench } from "./client_bench.ts";
import { connectorBench } from "./connector_bench.ts";
import { deliveryBench } from "./delivery_bench.ts";
import { integrationBench } from "./integration_bench.ts";
import { table } from "./_measure.ts";
import { storeBench } from "./store_bench.ts";
import { webhookBench } from "./webhook_bench.ts";

console.log(
  table([
    ...await clientBench(),
    ...await storeBench(),
    ...await webhookBench(),
    ...await integrationBench(),
    ...await connectorBench(),
    ...await deliveryBench(),
  ]),
);
