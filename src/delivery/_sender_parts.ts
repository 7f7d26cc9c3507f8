import type { Random } from "../_internal/backoff.ts";
import type { Clock } from "../_internal/clock.ts";
import type { Seal } from "../crypto/seal.ts";
import type { KvStore } from "../kv/kv.ts";
import type { DeliveryEvent } from "../observe/events.ts";
import type { Observer } from "../observe/observer.ts";
import type { DeliveryKeys } from "./_keys.ts";
import type { Kinds } from "./matching/kinds.ts";
import type { Dialect } from "./dialect.ts";
import type { Permissions } from "./permission.ts";
import type { TargetPolicy } from "./target/check_target.ts";
import type { FetchLike } from "../http/send.ts";

/** How a sender goes about its work. */
export interface DeliveryPolicy {
  /** Milliseconds for one request with all of its answer. */
  readonly timeoutMs: number;
  /** Milliseconds before each attempt after the first. */
  readonly retryDelaysMs: readonly number[];
  /** Longest `Retry-After` that is honoured, in milliseconds. */
  readonly maxRetryAfterMs: number;
  /** Failures in a row that open the circuit of an endpoint. */
  readonly circuitFailures: number;
  /** Milliseconds until the first probe of an open circuit; doubles with each that fails. */
  readonly circuitFirstMs: number;
  /** Longest wait between two probes, in milliseconds. */
  readonly circuitMaxMs: number;
}

/** What every part of a sender works on. */
export interface SenderParts {
  readonly kv: KvStore;
  readonly keys: DeliveryKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly seal: Seal;
  readonly kinds: Kinds;
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly permissions: Permissions | undefined;
  readonly targetPolicy: TargetPolicy;
  readonly policy: DeliveryPolicy;
  readonly fetch: FetchLike;
  readonly onEvent: Observer<DeliveryEvent> | undefined;
  now(): number;
}
