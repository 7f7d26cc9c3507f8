import {
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import { type Random, systemRandom } from "../_internal/backoff.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import { createSeal } from "../crypto/seal.ts";
import type { FetchLike } from "../http/send.ts";
import { assertPrefix, assertStore } from "../kv/assert_store.ts";
import type { KvKey, KvStore } from "../kv/kv.ts";
import type { DeliveryEvent } from "../observe/events.ts";
import type { Observer } from "../observe/observer.ts";
import { deliveryKeys } from "./_keys.ts";
import { createKinds } from "./matching/kinds.ts";
import {
  MOST_RETRY_AFTER_MS,
  readRetryDelays,
  RETRY_DELAYS_MS,
} from "./run/schedule.ts";
import type { DeliveryPolicy, SenderParts } from "./_sender_parts.ts";
import type { Dialect } from "./dialect.ts";
import { dialectTable } from "./dialects.ts";
import type { Permissions } from "./permission.ts";
import type { TargetPolicy } from "./target/check_target.ts";
import { readTargetPolicy } from "./target/target_policy.ts";

/** What a {@linkcode WebhookSender} is made of. */
export interface WebhookSenderOptions {
  /** The store of the application: events are committed with its own changes. */
  readonly kv: KvStore;
  /** A key of `generateSealingKey`, or several, of which the first seals and all open. */
  readonly sealingKey: string | readonly string[];
  /**
   * Where in the store the sender keeps what is its own.
   *
   * @default {["sluice", "delivery"]}
   */
  readonly prefix?: KvKey;
  /** Says who may hear of what. Needed once a subscription has an owner or a permission. */
  readonly permissions?: Permissions;
  /** Dialects besides the built-in ones. */
  readonly dialects?: readonly Dialect[];
  /** Kinds that a noun inherits: `{ invoice: ["document"] }` lets subscribers of `document` hear of invoices. */
  readonly kinds?: Readonly<Record<string, readonly string[]>>;
  /** Where requests may go. Public https addresses by default. */
  readonly targetPolicy?: TargetPolicy;
  /** Sends requests. Default is the host's `fetch`. */
  readonly fetch?: FetchLike;
  /** Time and waiting. Default is the host's. */
  readonly clock?: Clock;
  /** Spreads retries. Default is the host's. */
  readonly random?: Random;
  /**
   * Is told what runs do, and what becomes of each delivery once that is durable. It is not waited for, and what it
   * throws is counted in the report and changes nothing. Nobody by default.
   */
  readonly onEvent?: Observer<DeliveryEvent>;
  /**
   * Milliseconds for one request with all of its answer.
   *
   * @default {15000}
   */
  readonly timeoutMs?: number;
  /** Milliseconds before each attempt after the first. Default is 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h. */
  readonly retryDelaysMs?: readonly number[];
  /**
   * Longest `Retry-After` that is honoured, in milliseconds.
   *
   * @default {86400000}
   */
  readonly maxRetryAfterMs?: number;
  /** When an endpoint that fails is left alone. */
  readonly circuit?: {
    /**
     * Failures in a row that open the circuit.
     *
     * @default {5}
     */
    readonly failures?: number;
    /**
     * Milliseconds until the first probe; doubles with each that fails.
     *
     * @default {30000}
     */
    readonly firstMs?: number;
    /**
     * Longest wait between two probes, in milliseconds.
     *
     * @default {3600000}
     */
    readonly maxMs?: number;
  };
}

const A_DAY_MS = 86_400_000;

/** Reads every option once and refuses what cannot be meant. */
export function readSenderOptions(
  options: WebhookSenderOptions,
): SenderParts {
  const clock = options.clock ?? systemClock;
  const targetPolicy = copiedPolicy(options.targetPolicy ?? {});
  const sender: SenderParts = {
    kv: options.kv,
    keys: deliveryKeys(readPrefix(options.prefix)),
    clock,
    random: boundedRandom(options.random ?? systemRandom),
    seal: createSeal(options.sealingKey),
    kinds: createKinds(options.kinds ?? {}),
    dialects: dialectTable(options.dialects ?? []),
    permissions: options.permissions,
    targetPolicy,
    policy: readPolicy(options),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    onEvent: options.onEvent,
    // A clock of the caller's may know more than milliseconds, and ids and keys hold whole ones.
    now: () => Math.floor(clock.now()),
  };
  assertStore(sender.kv);
  assertFunction(sender.fetch, "fetch");
  assertFunction(clock.now, "clock.now");
  assertFunction(clock.sleep, "clock.sleep");
  if (options.random) assertFunction(options.random, "random");
  if (sender.permissions) assertFunction(sender.permissions, "permissions");
  if (sender.onEvent) assertFunction(sender.onEvent, "onEvent");
  return sender;
}

/** What is no number from 0 to 1 would become a due time that no store takes. */
function boundedRandom(random: Random): Random {
  return () => {
    const number = random();
    return number >= 0 && number < 1 ? number : 0;
  };
}

function readPolicy(options: WebhookSenderOptions): DeliveryPolicy {
  const { failures = 5, firstMs = 30_000, maxMs = 3_600_000 } =
    options.circuit ?? {};
  const policy: DeliveryPolicy = {
    timeoutMs: options.timeoutMs ?? 15_000,
    retryDelaysMs: readRetryDelays(options.retryDelaysMs ?? RETRY_DELAYS_MS),
    maxRetryAfterMs: options.maxRetryAfterMs ?? MOST_RETRY_AFTER_MS,
    circuitFailures: failures,
    circuitFirstMs: firstMs,
    circuitMaxMs: maxMs,
  };
  assertInteger(policy.timeoutMs, "timeoutMs", { min: 1, max: 600_000 });
  assertMs(policy.maxRetryAfterMs, "maxRetryAfterMs");
  assertInteger(failures, "circuit.failures", { min: 1 });
  assertInteger(firstMs, "circuit.firstMs", { min: 1, max: A_DAY_MS });
  assertInteger(maxMs, "circuit.maxMs", { min: firstMs, max: A_DAY_MS });
  return policy;
}

function copiedPolicy(policy: TargetPolicy): TargetPolicy {
  const { ports } = readTargetPolicy(policy);
  return { ...policy, ports: [...ports] };
}

function readPrefix(prefix: KvKey = ["sluice", "delivery"]): KvKey {
  assertPrefix(prefix);
  return [...prefix];
}
