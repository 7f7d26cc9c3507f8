import { assertEquals } from "@std/assert";
import { Endpoints } from "../../src/delivery/run/_endpoints.ts";
import type { SubscriptionRow } from "../../src/delivery/_rows.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { KvEntry, KvStore } from "../../src/kv/kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { testStore } from "./_subscription_store.ts";

type Row = KvEntry<SubscriptionRow> | undefined;

/** A store whose reads of subscriptions are answered by hand, in whatever order. */
function slowReads(): { kv: KvStore; reads: PromiseWithResolvers<Row>[] } {
  const memory = memoryKv();
  const reads: PromiseWithResolvers<Row>[] = [];
  const get = (key: readonly unknown[]): Promise<Row> => {
    if (!key.includes("sub")) return Promise.resolve(undefined);
    const read = Promise.withResolvers<Row>();
    reads.push(read);
    return read.promise;
  };
  const kv = withCommit(memory, (change, next) => next(change));
  return { kv: { ...kv, get: get as KvStore["get"] }, reads };
}

function row(active: boolean): Row {
  const value = { id: "sub_1", active } as SubscriptionRow;
  return { key: ["sub", "sub_1"], value, version: "1" };
}

Deno.test("refresh() keeps what the later read has seen when the earlier one is answered after it", async () => {
  const { kv, reads } = slowReads();
  const endpoints = new Endpoints(testStore({ kv }));
  const opening = endpoints.get("sub_1");
  while (reads.length === 0) await Promise.resolve();
  reads[0]?.resolve(row(true));
  const endpoint = await opening;
  const earlier = endpoints.refresh(endpoint);
  const later = endpoints.refresh(endpoint);
  reads[2]?.resolve(row(false));
  await later;
  assertEquals(endpoint.isActive, false);
  reads[1]?.resolve(row(true));
  await earlier;
  assertEquals(endpoint.isActive, false);
  const last = endpoints.refresh(endpoint);
  reads[3]?.resolve(row(true));
  await last;
  assertEquals(endpoint.isActive, true);
});
