/** One event to many receivers, and what a sender says of each: the same on every host. */
import { allowLoopback, WebhookSender } from "../../src/delivery/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { SEALING_KEY } from "../delivery/_sender.ts";

/** What became of the delivery to one target. */
export interface DeliveryOutcome {
  /** The status, and the message of the attempt. */
  readonly end: string;
  /** Whether the subscription still receives. */
  readonly active: boolean;
  /** Whole seconds until the next attempt; `null` when there is none. */
  readonly dueInSeconds: number | null;
}

const TIMEOUT_MS = 1_500;

/** Makes one attempt at each target. */
export async function deliverToAll(
  targets: Readonly<Record<string, string>>,
): Promise<Record<string, DeliveryOutcome>> {
  const kv = memoryKv();
  const sender = new WebhookSender({
    kv,
    sealingKey: SEALING_KEY,
    targetPolicy: { [allowLoopback]: true },
    timeoutMs: TIMEOUT_MS,
    random: () => 0,
  });
  const ids = new Map<string, string>();
  for (const [name, to] of Object.entries(targets)) {
    ids.set(name, (await sender.subscribe({ to })).subscription.id);
  }
  await sender.emit({ name: "invoice.paid", data: { text: "ü" } });
  await sender.deliverDue({ waitMs: 0 });
  const outcomes: Record<string, DeliveryOutcome> = {};
  for (const [name, id] of ids) outcomes[name] = await outcomeOf(sender, id);
  await kv.close();
  return outcomes;
}

async function outcomeOf(
  sender: WebhookSender,
  id: string,
): Promise<DeliveryOutcome> {
  const [delivery] = await Array.fromAsync(sender.deliveries(id));
  const { active } = await sender.subscription(id) ?? { active: false };
  const { status, dueAt, lastAttempts = [] } = delivery ?? {};
  const last = lastAttempts.at(-1);
  const endedAt = (last?.at ?? 0) + (last?.tookMs ?? 0);
  return {
    end: `${status}: ${last?.message}`,
    active,
    dueInSeconds: typeof dueAt === "number"
      ? Math.floor(Math.max(0, dueAt - endedAt) / 1_000)
      : null,
  };
}
