import { systemClock } from "../_internal/clock.ts";
import { Client } from "../client.ts";
import type { Config, FetchLike, KeySource } from "../company_data/mod.ts";
import { importPrivateKey } from "../crypto/mod.ts";
import { ApiError, AuthError, KvError } from "../errors.ts";
import { fsKv } from "../kv/fs.ts";
import type { KvStore } from "../kv/kv.ts";
import type { Cli } from "./_cli.ts";
import {
  clientOptions,
  type ConfigOptions,
  hasConfig,
  readConfig,
} from "./_config.ts";
import { deliveryFindings } from "./_doctor_delivery.ts";
import { attempt, type Finding, ok, skip, warn } from "./_finding.ts";
import { assertThere, openKv } from "./_open_kv.ts";
import { hasSealingKey } from "./_sealing_key.ts";
import type { SenderOptions } from "./_sender.ts";

/** What is examined. */
export interface ExamineOptions extends ConfigOptions, SenderOptions {}

/** Makes all checks, each of which goes on where the one before has failed, as far as that makes sense. */
export async function examine(
  cli: Cli,
  options: ExamineOptions,
): Promise<Finding[]> {
  if (await isForDeliveries(cli, options)) {
    return [
      ...["config", ...AFTER_CONFIG].map((check) =>
        skip(check, "there is no configuration")
      ),
      ...await storeFindings(cli, undefined, options),
    ];
  }
  const config = await attempt("config", () => readConfig(cli, options));
  if ("finding" in config) {
    const rest = [...AFTER_CONFIG, "store"];
    return [
      config.finding,
      ...rest.map((check) => skip(check, "needs a configuration")),
    ];
  }
  const { value } = config;
  return [
    ok("config", `client ${value.clientId} of ${value.apiUrl}`),
    ...await keyFindings(value),
    ...await platformFindings(cli, value),
    ...await storeFindings(cli, value, options),
  ];
}

const AFTER_CONFIG: readonly string[] = ["keys", "token", "catalog", "clock"];

// Whoever only sends webhooks has no configuration.
async function isForDeliveries(
  cli: Cli,
  options: ExamineOptions,
): Promise<boolean> {
  return options.kv !== undefined && hasSealingKey(cli, options) &&
    !await hasConfig(cli, options);
}

// What Cloudflare refuses to go beyond: https://github.com/cloudflare/workerd/issues/1346
const CLOUDFLARE_ITERATIONS = 100_000;

async function keyFindings(config: Config): Promise<Finding[]> {
  const keys = [
    { source: config.servicePrivateKey, hash: "SHA-256" },
    { source: config.accountPrivateKey, hash: "SHA-1" },
    { source: config.oauthPrivateKey, hash: "SHA-256" },
  ] as const;
  const findings: Finding[] = [];
  for (const { source, hash } of keys) {
    if (source) findings.push(await keyFinding(source, hash));
  }
  return findings;
}

async function keyFinding(
  source: KeySource,
  hash: "SHA-1" | "SHA-256",
): Promise<Finding> {
  const { field } = source;
  const open = (maxIterations?: number): Promise<CryptoKey> =>
    importPrivateKey(source.pem.reveal(), {
      hash,
      field,
      passphrase: source.passphrase?.reveal(),
      passphraseField: passphraseOf(field),
      ...maxIterations !== undefined && { maxIterations },
    });
  const begun = systemClock.now();
  const opened = await attempt("keys", () => open());
  const ms = Math.round(systemClock.now() - begun);
  if ("finding" in opened) return opened.finding;
  const edge = await attempt("keys", () => open(CLOUDFLARE_ITERATIONS));
  if (!("finding" in edge)) return ok("keys", `${field} opens in ${ms} ms`);
  const detail = `${field} opens here in ${ms} ms, but not on Cloudflare`;
  return warn("keys", detail, { mend: edge.finding.detail });
}

function passphraseOf(field: string): string {
  return field === "service_private_key"
    ? "key_passphrase"
    : field.replace("private_key", "passphrase").replace(
      "oauth_",
      "oauth_key_",
    );
}

async function platformFindings(
  cli: Cli,
  config: Config,
): Promise<Finding[]> {
  const clock = new PlatformClock();
  await using client = new Client(config, {
    ...clientOptions(cli, undefined),
    fetch: clock.fetch,
  });
  const fields = await attempt("catalog", () => client.requestFields());
  if (!("finding" in fields)) {
    return [
      ok("token", "the platform accepts the client"),
      catalogFinding(fields.value.length),
      clock.finding(),
    ];
  }
  const { finding, error } = fields;
  return error instanceof AuthError
    ? [
      { ...finding, check: "token" },
      skip("catalog", "needs a token"),
      clock.finding(),
    ]
    : [tokenBefore(error), finding, clock.finding()];
}

// A call is only made with a token, so an answer to it proves that there was one.
function tokenBefore(error: unknown): Finding {
  return error instanceof ApiError && error.status !== 0
    ? ok("token", "the platform accepts the client")
    : skip("token", "the platform did not answer");
}

function catalogFinding(count: number): Finding {
  if (count > 0) return ok("catalog", `${count} fields`);
  return warn(
    "catalog",
    "the company asks people for nothing",
    { mend: "add fields to the service, or check client_id" },
  );
}

const MOST_SKEW_MS = 60_000;

/** Compares the clock of this machine with the `Date` of the platform's answers. */
class PlatformClock {
  #skewMs: number | undefined;

  readonly fetch: FetchLike = async (url, init) => {
    const response = await fetch(url, init);
    const at = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(at)) this.#skewMs = systemClock.now() - at;
    return response;
  };

  finding(): Finding {
    if (this.#skewMs === undefined) {
      return skip("clock", "no answer of the platform had a date");
    }
    const seconds = Math.round(Math.abs(this.#skewMs) / 1000);
    if (Math.abs(this.#skewMs) <= MOST_SKEW_MS) {
      return ok("clock", `within ${seconds + 1} s of the platform`);
    }
    const way = this.#skewMs > 0 ? "ahead of" : "behind";
    const detail = `${seconds} s ${way} the platform`;
    return warn(
      "clock",
      detail,
      { mend: "set the clock of this machine, such as by NTP" },
    );
  }
}

async function storeFindings(
  cli: Cli,
  config: Config | undefined,
  options: ExamineOptions,
): Promise<Finding[]> {
  const { kv } = options;
  const name = kv ?? config?.cacheDir ?? "";
  const opened = await attempt(
    "store",
    async () => {
      if (kv === undefined) return await fsKv(name);
      // A configuration may name a store that its first run will make.
      if (!config) await assertThere(kv);
      return await openKv(kv, cli.host);
    },
  );
  if ("finding" in opened) return [opened.finding];
  const { value: store } = opened;
  try {
    const probed = await attempt("store", () => probe(store));
    if ("finding" in probed) return [probed.finding];
    return [
      ok("store", `${name}: a commit takes ${probed.value} ms`),
      ...config ? [await contentFinding(cli, config, store)] : [],
      ...await deliveryFindings(cli, store, options),
    ];
  } finally {
    await store.close();
  }
}

async function probe(store: KvStore): Promise<number> {
  const key = ["sluice-doctor", crypto.randomUUID()];
  const begun = systemClock.now();
  await store.commit({ sets: [{ key, value: "probe" }] });
  const ms = Math.round(systemClock.now() - begun);
  const read = await store.get(key);
  await store.commit({ deletes: [key] });
  if (read?.value === "probe") return ms;
  throw new KvError("Cannot read what was just written: the store has lost it");
}

async function contentFinding(
  cli: Cli,
  config: Config,
  store: KvStore,
): Promise<Finding> {
  await using client = new Client(config, clientOptions(cli, store));
  const health = await attempt("events", () => client.health());
  if ("finding" in health) return health.finding;
  const { feed, inbox } = health.value;
  const dead = feed.deadLetters + inbox.deadLetters;
  const detail =
    `${feed.pending} changes and ${inbox.pending} webhooks wait, ${dead} dead letters`;
  if (dead === 0) return ok("events", detail);
  return warn("events", detail, {
    mend: "look at them: sluice dead-letters list",
  });
}
