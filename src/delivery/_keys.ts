import type { KvKey } from "../kv/kv.ts";

/** Where each part of one sender lies. */
export interface DeliveryKeys {
  /** Who delivers, and until when. */
  readonly lease: KvKey;
  /** Written by each new lease and by nothing else: its version is the fencing token. */
  readonly fence: KvKey;
  /** Subscriptions by id. */
  readonly subscriptions: KvKey;
  /** What `emit` needs of a subscription, by scope, noun, verb and id; `*` for a noun or verb that holds a glob. */
  readonly index: KvKey;
  /** Written with every move of a subscription within the index, which a walk over it may miss. */
  readonly moves: KvKey;
  /** Subscription ids by owner. */
  readonly owners: KvKey;
  /** Subscription ids by the name of their declaration. */
  readonly declared: KvKey;
  /** Sealed events, by time, id and chunk. */
  readonly events: KvKey;
  /** The time of an event whose id does not tell it, by id. */
  readonly once: KvKey;
  /** What the deliverer has to take in, by time, id and part. */
  readonly incoming: KvKey;
  /** The sealed key under which the names of lanes are made. */
  readonly laneKey: KvKey;
  /** How far the events of an entity have come, by the name of its lane. */
  readonly order: KvKey;
  /** Endpoints with something due, by time and subscription. */
  readonly ready: KvKey;
  /** How an endpoint is doing, by subscription. */
  readonly endpoints: KvKey;
  /** Pending deliveries, by subscription, due time, event time, event id and trigger. */
  readonly queue: KvKey;
  /** Deliveries that wait for an earlier one of their entity, by subscription, entity, event time and event id. */
  readonly lanes: KvKey;
  /** Entities with a delivery in the queue, by subscription and entity. */
  readonly heads: KvKey;
  /** The last resolved deliveries, by subscription and number. */
  readonly log: KvKey;
}

/** The keys of the sender under a prefix. */
export function deliveryKeys(prefix: KvKey): DeliveryKeys {
  const under = (name: string): KvKey => [...prefix, name];
  return {
    lease: under("lease"),
    fence: under("fence"),
    subscriptions: under("sub"),
    index: under("idx"),
    moves: under("moves"),
    owners: under("owner"),
    declared: under("declared"),
    events: under("ev"),
    once: under("once"),
    incoming: under("in"),
    laneKey: under("lane-key"),
    order: under("order"),
    ready: under("ready"),
    endpoints: under("ep"),
    queue: under("q"),
    lanes: under("lane"),
    heads: under("head"),
    log: under("log"),
  };
}
