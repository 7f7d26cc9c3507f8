import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import { type Random, systemRandom } from "../_internal/backoff.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import { isObject } from "../_internal/json.ts";
import { createSeal, type Seal } from "../crypto/seal.ts";
import { ConfigError, type ConfigProblem } from "../errors.ts";
import { readBaseUrl } from "../http/base_url.ts";
import type { FetchLike, SendTools } from "../http/send.ts";
import type { KvStore } from "../kv/kv.ts";
import type { FlowFlexEvent } from "../observe/events.ts";
import {
  type Observer,
  type SafeObserver,
  safeObserver,
} from "../observe/observer.ts";
import { textProblem } from "./_key_pairs.ts";
import { KeyRing } from "./_key_ring.ts";
import { readSignIn } from "./_read_sign_in.ts";
import type { SignInOptions } from "./credentials.ts";

/** How the payload stands in the body of an event: at the top, or as its member `payload`. */
export type BodyShape = "bare" | "wrapped";

/** What a {@linkcode FlowFlex} works with: `apiKey` and `apiSecret`, or `credentials`. */
export type FlowFlexOptions = FlowFlexSetup & SignInOptions;

/** What a {@linkcode FlowFlex} works with besides its credentials. */
export interface FlowFlexSetup {
  /** The integration, `ic_…`. */
  readonly integrationCode: string;
  /** The platform: https, or http on a loopback host. One `/api` at its end is cut off. */
  readonly baseUrl: string;
  /** Milliseconds for one call of a method: all uploads, the event, waits and retries. Default is 30,000. */
  readonly timeoutMs?: number;
  /** Milliseconds for one attempt of one request, so that one that hangs is tried again. No limit of its own by default. */
  readonly attemptTimeoutMs?: number;
  /** Attempts after the first one of each request: after a lost connection, 408, 425, 429 and 5xx. Default is 3. */
  readonly maxRetries?: number;
  /** Longest file in bytes. Default is 26,214,400, which is 25 MiB. */
  readonly maxFileBytes?: number;
  /** Files of one event that are uploaded at once. Default is 8. */
  readonly concurrency?: number;
  /**
   * Whether files of one event with the same name, media type and bytes are uploaded once; those that agree in name,
   * type and length are read once more for it. The same reference in two places is uploaded once in any case. Default
   * is `false`.
   */
  readonly dedupeFiles?: boolean;
  /** Default is `"bare"`, as the SDKs send it. */
  readonly bodyShape?: BodyShape;
  /** Sends requests. Default is the host's `fetch`. */
  readonly fetch?: FetchLike;
  /** Measures deadlines and waits. Default is the host's time. */
  readonly clock?: Clock;
  /** A number from 0 to 1 that spreads retries. Default is `Math.random`. */
  readonly random?: Random;
  /** Is told what the client does; what it throws changes nothing. Nobody by default. */
  readonly onEvent?: Observer<FlowFlexEvent>;
  /** Where {@linkcode FlowFlex.sendEventDurably} keeps events. The caller opens and closes it. */
  readonly kv?: KvStore;
  /** Keeps what lies in `kv` secret: one key of `generateSealingKey`, or several with the one that seals in front. */
  readonly sealingKey?: string | readonly string[];
}

/** The options, checked, with their defaults. */
export interface FlowFlexSettings {
  readonly base: string;
  readonly integrationCode: string;
  readonly keys: KeyRing;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number | undefined;
  readonly maxRetries: number;
  readonly maxFileBytes: number;
  readonly concurrency: number;
  readonly dedupeFiles: boolean;
  readonly bodyShape: BodyShape;
  readonly tell: SafeObserver<FlowFlexEvent> | undefined;
  readonly tools: SendTools;
  readonly store: { readonly kv: KvStore; readonly seal: Seal } | undefined;
}

const MIB = 1024 * 1024;

/** Reads every option once and refuses what cannot be meant. */
export function readFlowFlexOptions(
  options: FlowFlexOptions,
): FlowFlexSettings {
  if (!isObject(options)) {
    throw new TypeError("Cannot use options: wanted an object");
  }
  const settings: FlowFlexSettings = {
    ...readIdentity(options),
    timeoutMs: options.timeoutMs ?? 30_000,
    attemptTimeoutMs: options.attemptTimeoutMs,
    maxRetries: options.maxRetries ?? 3,
    maxFileBytes: options.maxFileBytes ?? 25 * MIB,
    concurrency: options.concurrency ?? 8,
    dedupeFiles: options.dedupeFiles ?? false,
    bodyShape: options.bodyShape ?? "bare",
    tell: safeObserver(options.onEvent),
    tools: {
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    },
    store: readStore(options),
  };
  assertSettings(settings);
  return settings;
}

function assertSettings(settings: FlowFlexSettings): void {
  assertMs(settings.timeoutMs, "timeoutMs");
  assertMs(settings.attemptTimeoutMs ?? 0, "attemptTimeoutMs");
  assertInteger(settings.maxRetries, "maxRetries", { min: 0 });
  assertInteger(settings.maxFileBytes, "maxFileBytes", { min: 1 });
  assertInteger(settings.concurrency, "concurrency", { min: 1, max: 64 });
  assertBoolean(settings.dedupeFiles, "dedupeFiles");
  assertFunction(settings.tools.fetch, "fetch");
  assertFunction(settings.tools.random, "random");
  assertFunction(settings.tools.clock.now, "clock.now");
  assertFunction(settings.tools.clock.sleep, "clock.sleep");
  const { bodyShape } = settings;
  if (bodyShape === "bare" || bodyShape === "wrapped") return;
  throw new TypeError('Cannot use bodyShape: wanted "bare" or "wrapped"');
}

type Identity = Pick<FlowFlexSettings, "base" | "integrationCode" | "keys">;

function readIdentity(options: FlowFlexOptions): Identity {
  const { integrationCode, baseUrl } = options;
  const { source, problems: wrong } = readSignIn(options);
  const base = readBaseUrl(withoutApi(baseUrl));
  const problems: ConfigProblem[] = [
    ...wrong,
    ...codeProblems(integrationCode),
    ..."problem" in base ? [{ field: "baseUrl", message: base.problem }] : [],
  ];
  if (problems.length > 0 || "problem" in base) throw refused(problems);
  return { base: base.base, integrationCode, keys: new KeyRing(source) };
}

function codeProblems(code: unknown): ConfigProblem[] {
  const field = "integrationCode";
  // Either would lead to another path.
  return code === "." || code === ".."
    ? [{ field, message: "it is not the code of an integration" }]
    : textProblem(code, field);
}

function withoutApi(baseUrl: unknown): string {
  const text = typeof baseUrl === "string" ? baseUrl.trim() : "";
  return text.replace(/(?<=:\/\/[^/]+(?:\/.*)?)\/api\/?$/, "");
}

function refused(problems: readonly ConfigProblem[]): ConfigError {
  const words = problems.map(({ field, message }) => `"${field}": ${message}`);
  return new ConfigError(`Cannot use the options: ${words.join("; ")}`, {
    problems,
  });
}

function readStore(options: FlowFlexOptions): FlowFlexSettings["store"] {
  const { kv, sealingKey } = options;
  if (kv === undefined && sealingKey === undefined) return undefined;
  if (kv !== undefined && sealingKey !== undefined) {
    return { kv, seal: createSeal(sealingKey) };
  }
  throw new TypeError(
    `Cannot use ${
      kv ? "kv" : "sealingKey"
    }: wanted "kv" and "sealingKey" together`,
  );
}
