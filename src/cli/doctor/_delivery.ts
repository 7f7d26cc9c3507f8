import { systemClock } from "../../_internal/clock.ts";
import { type DeliveryHealth, WebhookSender } from "../../delivery/mod.ts";
import type { KvStore } from "../../kv/kv.ts";
import type { Cli } from "../_command.ts";
import { type SenderOptions, settingsOf } from "../_sender/open_sender.ts";
import { proveKey } from "../_sender/prove_key.ts";
import { sealingKeysOf } from "../_sender/sealing_key.ts";
import { attempt, type Finding, ok, skip, warn } from "./_finding.ts";

/** Looks at the webhooks to others in a store; at nothing where no sealing key is given. */
export async function deliveryFindings(
  cli: Cli,
  kv: KvStore,
  options: SenderOptions,
): Promise<Finding[]> {
  const keys = await attempt("sealing", () => sealingKeysOf(cli, options));
  if ("finding" in keys) return [keys.finding];
  const { value: sealingKey } = keys;
  if (!sealingKey) return [];
  const opened = await attempt("sealing", async () => {
    const settings = await settingsOf(options);
    const sender = new WebhookSender({ ...settings, kv, sealingKey });
    return { sender, isProven: await proveKey(sender) };
  });
  if ("finding" in opened) return [opened.finding];
  const { sender, isProven } = opened.value;
  const health = await attempt("delivery", () => sender.health());
  return [
    isProven
      ? ok("sealing", "the key opens what was sealed")
      : skip("sealing", "nothing was sealed that could prove the key"),
    "finding" in health ? health.finding : healthFinding(health.value),
  ];
}

const LATE_MS = 600_000;

function healthFinding(
  { pending, broken, hasIncoming, nextDueAt }: DeliveryHealth,
): Finding {
  const more = hasIncoming ? ", and events to be taken in" : "";
  const detail =
    `${pending} wait${more}, ${broken} endpoints are left alone because they fail`;
  if (broken > 0) {
    const mend = "see why: sluice deliveries list --status pending";
    return warn("delivery", detail, { mend });
  }
  const late = nextDueAt === null ? 0 : systemClock.now() - nextDueAt;
  if (late <= LATE_MS) return ok("delivery", detail);
  return warn(
    "delivery",
    `${detail}; due for ${Math.floor(late / 60_000)} minutes`,
    {
      mend:
        "send them: sluice deliveries run, or deliverDue of the application from a cron",
    },
  );
}
