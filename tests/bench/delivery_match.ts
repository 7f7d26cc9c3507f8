import { deliveryKeys } from "../../src/delivery/_keys.ts";
import { createKinds } from "../../src/delivery/matching/kinds.ts";
import { DEFAULT_LIMITS } from "../../src/delivery/subscriptions/_limits.ts";
import { match, type Matched } from "../../src/delivery/matching/match.ts";
import type { SubscriptionRow } from "../../src/delivery/_rows.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import { newRowChange } from "../../src/delivery/subscriptions/stored.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { compare, perSecond, type Row } from "./_measure.ts";

const MATCHING = 10;
const SMALL = 100;
const LARGE = 100_000;
const EVENTS = 2_000;
const EVENT: Matched = {
  name: "invoice.paid",
  scope: "/company/office",
  data: {},
};

/** Finding ten subscriptions among 100,000 must take at most twice as long as among 100. */
export async function deliveryMatchBench(): Promise<Row> {
  const [small, large] = [await storeOf(SMALL), await storeOf(LARGE)];
  const { ratio, subject, ceiling } = await compare(EVENTS, {
    subject: () => matchAll(large),
    ceiling: () => matchAll(small),
  });
  return {
    what: "match an event with 10 of 100,000 subscriptions, against 10 of 100",
    reached: perSecond(subject, "events"),
    ceiling: perSecond(ceiling, "events"),
    ratio,
    wanted: 0.5,
  };
}

type Reader = Pick<SenderParts, "kv" | "keys" | "kinds">;

async function matchAll(store: Reader): Promise<void> {
  for (let i = 0; i < EVENTS; i++) {
    let found = 0;
    for await (const _ of match(store, EVENT)) found++;
    if (found !== MATCHING) throw new Error(`Cannot bench: ${found} matched`);
  }
}

/** A store whose subscriptions differ in scope, noun or verb from the ten that match. */
async function storeOf(count: number): Promise<Reader> {
  const store = openStore();
  for (let i = 0; i < count; i++) {
    const row = i < MATCHING ? rowOf(i, {}) : rowOf(i, otherThan(i));
    await store.kv.commit(newRowChange(store, row));
  }
  return store;
}

function otherThan(i: number): Partial<SubscriptionRow> {
  return [
    { scope: `/company/office${i}` },
    { for: `noun${i}` },
    { when: `verb${i}` },
  ][i % 3] ?? {};
}

function rowOf(i: number, given: Partial<SubscriptionRow>): SubscriptionRow {
  return {
    id: `sub_${i}`,
    scope: "/company",
    for: "invoice",
    when: "paid",
    to: "https://hooks.example.com/",
    owner: null,
    permission: null,
    dialect: "sluice",
    filter: null,
    ordered: false,
    active: true,
    holds: false,
    statusMessage: "Active",
    declaration: null,
    limits: DEFAULT_LIMITS,
    createdAt: 0,
    updatedAt: 0,
    sealed: "",
    ...given,
  };
}

function openStore(): Reader {
  return {
    kv: memoryKv(),
    keys: deliveryKeys(["bench"]),
    kinds: createKinds({ invoice: ["document"] }),
  };
}
