import {
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import { type Random, systemRandom } from "../_internal/backoff.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import type { FetchLike } from "../http/request.ts";
import { assertStore } from "../kv/assert_store.ts";
import type { KvStore } from "../kv/kv.ts";
import type { InboxEvent, PumpEvent } from "../observe/events.ts";
import {
  type Observer,
  type SafeObserver,
  safeObserver,
} from "../observe/observer.ts";
import type { SpoolHealth } from "../spool/mod.ts";
import { type Logger, safeLogger, silentLogger } from "./logger.ts";

/** What a client works with; every member has a default. */
export interface ClientOptions {
  /**
   * The store that keeps what was fetched and not yet delivered. The caller opens and closes it. Without one, the
   * client of the root entry opens a folder, and that of `./company-data` refuses what needs a store.
   */
  readonly kv?: KvStore;
  /** Sends requests. Default is the host's `fetch`. */
  readonly fetch?: FetchLike;
  /** Where the client says what it does; what it throws is dropped. Silent by default. */
  readonly logger?: Logger;
  /**
   * Is told what the pump and the inbox do: runs, pages, and what becomes of each event. It is not waited for, and what
   * it throws changes nothing. Nobody by default.
   */
  readonly onEvent?: Observer<PumpEvent | InboxEvent>;
  /** Waits some milliseconds, or rejects when the signal aborts. Default is a timer. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970. Default is `Date.now`. */
  readonly now?: () => number;
  /** A number from 0 to 1 that spreads retries. Default is `Math.random`. */
  readonly random?: Random;
  /**
   * Milliseconds that one call may take, with token, waits and retries. Default is 30,000.
   *
   * A page of changes is lost when it is not read to its end. So the request for one, once it has a token, has that
   * long for the head of its answer, and then that long again for each piece of the body: what flows is not cut
   * before twenty times that long, and what came by then is kept.
   */
  readonly timeoutMs?: number;
  /**
   * Longest answer in bytes. Default is 64 MiB.
   *
   * A page of changes may be four times as long. What a longer one holds beyond that is lost: the rows that arrived
   * are delivered, and a dead letter and a warning tell of the loss.
   */
  readonly maxResponseBytes?: number;
  /** Most PBKDF2 iterations of a key; pass 100,000 on Cloudflare, which refuses more. Default is 10,000,000. */
  readonly maxPbkdf2Iterations?: number;
  /** Origins that the platform may move the client to with a 421: https, or http on loopback. None by default. */
  readonly rebaseOrigins?: readonly string[];
  /** The environment that goes before the configuration. Default is the host's for a file, and none for an object. */
  readonly env?: object;
}

/** What {@linkcode Client.health} tells. */
export interface ClientHealth {
  /** What is drained from the feed. */
  readonly feed: SpoolHealth;
  /** What webhooks brought. */
  readonly inbox: SpoolHealth;
}

/** How {@linkcode Client.connections} walks. */
export interface ConnectionsOptions {
  /** Ends the walk; the iterator rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Connections that are decrypted at once, ahead of the caller. Default is 16. */
  readonly concurrency?: number;
}

/** The options with their defaults. */
export interface ClientSettings {
  readonly kv: KvStore | undefined;
  readonly fetch: FetchLike;
  readonly logger: Logger;
  readonly tell: SafeObserver<PumpEvent | InboxEvent> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly maxPbkdf2Iterations: number | undefined;
  readonly rebaseOrigins: readonly string[];
}

const MIB = 1024 * 1024;

/** Reads every option once and refuses what cannot be meant. */
export function readClientOptions(options: ClientOptions): ClientSettings {
  const { kv, maxPbkdf2Iterations } = options;
  const logger = options.logger ?? silentLogger;
  if (kv !== undefined) assertStore(kv);
  assertFunction(logger.info, "logger.info");
  assertFunction(logger.warn, "logger.warn");
  const settings: ClientSettings = {
    kv,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    logger: safeLogger(logger),
    tell: safeObserver(options.onEvent),
    clock: {
      now: options.now ?? systemClock.now,
      sleep: options.sleep ?? systemClock.sleep,
    },
    random: options.random ?? systemRandom,
    timeoutMs: options.timeoutMs ?? 30_000,
    maxResponseBytes: options.maxResponseBytes ?? 64 * MIB,
    maxPbkdf2Iterations,
    rebaseOrigins: [...options.rebaseOrigins ?? []],
  };
  assertFunction(settings.fetch, "fetch");
  assertFunction(settings.clock.now, "now");
  assertFunction(settings.clock.sleep, "sleep");
  assertFunction(settings.random, "random");
  assertMs(settings.timeoutMs, "timeoutMs");
  assertInteger(settings.maxResponseBytes, "maxResponseBytes", { min: 1 });
  if (maxPbkdf2Iterations !== undefined) {
    const bounds = { min: 1, max: 2 ** 31 - 1 };
    assertInteger(maxPbkdf2Iterations, "maxPbkdf2Iterations", bounds);
  }
  return settings;
}
