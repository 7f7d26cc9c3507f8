import { isObject } from "../_internal/json.ts";
import { ValidationError } from "../errors.ts";
import type { Replay } from "./_rows.ts";
import { findEvent } from "./_event_place.ts";
import type { SenderParts } from "./_sender_parts.ts";
import { commandSet, untilCommitted } from "./subscriptions/stored.ts";
import { getSubscription } from "./subscriptions/list.ts";

/** What to deliver once more: one event, those of a time, or those that failed. */
export type ReplayRequest =
  | {
    /** The id of an event that is still kept. Nothing comes of one that the subscription does not match as it is now. */
    readonly event: string;
  }
  | {
    /**
     * Events from then on, in milliseconds since 1970, that the subscription matches as it is now. They go out beside
     * what is pending, also where the subscription is ordered.
     */
    readonly since: number;
    /** Events before then. Default is now. */
    readonly until?: number;
  }
  | {
    /** Deliveries that failed and are still in the log, but for events that were delivered since. */
    readonly status: "failed";
  };

/** Asks the deliverer to deliver once more, with the same `webhook-id`. Durable once it has resolved. */
export async function requestReplay(
  sender: SenderParts,
  { subscription, request }: { subscription: string; request: ReplayRequest },
): Promise<void> {
  const what = await readRequest(sender, request);
  await untilCommitted(sender, async () => {
    if (!await getSubscription(sender, subscription)) {
      throw refusal("subscription", "there is none of that id");
    }
    const command = { type: "replay", subscription, what } as const;
    return {
      result: undefined,
      change: { sets: [commandSet(sender, command)] },
    };
  });
}

async function readRequest(
  sender: SenderParts,
  request: ReplayRequest,
): Promise<Replay> {
  const now = sender.now();
  if (!isObject(request)) throw refusal("request", "wanted an object");
  if ("event" in request) return await oneEvent(sender, request.event);
  if ("status" in request) {
    if (request.status === "failed") {
      return { kind: "failed", until: null, from: 0 };
    }
    throw refusal("status", 'wanted "failed"');
  }
  const { since, until = now } = request;
  if (!isTime(since)) throw refusal("since", WANTED_TIME);
  if (!isTime(until) || until < since) {
    throw refusal("until", `${WANTED_TIME}, not before since`);
  }
  return { kind: "range", since, until, after: "" };
}

const WANTED_TIME = "wanted whole milliseconds since 1970";

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

async function oneEvent(sender: SenderParts, event: string): Promise<Replay> {
  if (typeof event !== "string" || event === "") {
    throw refusal("event", "wanted the id of an event");
  }
  const at = await findEvent(sender, event);
  if (at === undefined) throw unkept();
  return { kind: "one", at, event };
}

function unkept(): ValidationError {
  return refusal(
    "event",
    "no such event is kept, wanted the id of one of the last 30 days",
  );
}

function refusal(field: string, state: string): ValidationError {
  return new ValidationError(`Cannot replay: ${field}: ${state}`, { field });
}
