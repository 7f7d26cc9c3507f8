import { systemClock } from "../../_internal/clock.ts";
import { Client } from "../../client.ts";
import type { Config } from "../../company_data/mod.ts";
import { KvError } from "../../errors.ts";
import { fsKv } from "../../kv/fs.ts";
import type { KvStore } from "../../kv/kv.ts";
import type { ConfigOptions } from "../_client/config.ts";
import { clientOptions } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { assertThere, openKv } from "../_kv/open_kv.ts";
import type { SenderOptions } from "../_sender/open_sender.ts";
import { deliveryFindings } from "./_delivery.ts";
import { attempt, type Finding, ok, warn } from "./_finding.ts";

/** Writes and deletes an entry of the store, and counts what waits in it. */
export async function storeFindings(
  cli: Cli,
  config: Config | undefined,
  options: ConfigOptions & SenderOptions,
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
