import type { Failure, RedriveOptions, RunOptions } from "../spool/mod.ts";
import type { Outbox } from "./_outbox.ts";
import type { SendOptions } from "./send.ts";
import type { DeadLetter } from "../spool/mod.ts";
import type { OutboxItem } from "./_outbox.ts";

/** How {@linkcode FlowFlex.sendEventDurably} keeps an event. */
export type DurableSendOptions<P extends object = object> = Pick<
  SendOptions<P>,
  "payload" | "idempotencyKey" | "timeoutMs" | "signal"
>;

/** An event that is kept. */
export interface KeptEvent {
  /** Names it in the store. */
  readonly id: string;
  /** The key that every attempt carries. */
  readonly idempotencyKey: string;
}

/** How {@linkcode FlowFlex.processSends} works. */
export type ProcessSendsOptions = RunOptions;

/** How {@linkcode FlowFlex.retryDeadSends} works. */
export type RetrySendsOptions = RedriveOptions;

/** An event that was given up. */
export interface DeadSend {
  /** Names it in a later call. */
  readonly id: string;
  /** The event; `null` when it cannot be opened. */
  readonly event: string | null;
  /** The key that every attempt carried; `null` when it cannot be opened. */
  readonly idempotencyKey: string | null;
  /** Why it is here. */
  readonly error: Failure;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was given up last. */
  readonly at: Date;
}

/** Lists the dead letters of the outbox as users see them, oldest first. */
export async function listDeadSends(
  outbox: Outbox,
  { limit, after }: { limit: number; after: string | undefined },
): Promise<DeadSend[]> {
  const letters = outbox.spool.deadLetters({
    limit,
    ...after === undefined ? {} : { after },
  });
  const sends: DeadSend[] = [];
  for await (const letter of letters) {
    sends.push(await toDeadSend(outbox, letter));
  }
  return sends;
}

/** Turns the dead letter of the outbox into the one that users see. */
async function toDeadSend(
  outbox: Outbox,
  letter: DeadLetter<OutboxItem>,
): Promise<DeadSend> {
  const { id, value, failure, attempts, at } = letter;
  // That it cannot be opened is why it is here, and is told by the failure.
  const opened = await outbox.open(value).catch(() => undefined);
  return {
    id,
    event: opened?.event ?? null,
    idempotencyKey: opened?.idempotencyKey ?? null,
    error: failure,
    attempts,
    at: new Date(at),
  };
}
