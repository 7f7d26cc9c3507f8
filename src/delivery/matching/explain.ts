import { mapAhead } from "../../_internal/ahead.ts";
import { compileSchema } from "../../schema/mod.ts";
import { compileGlob, parseEventName } from "./glob.ts";
import { permit, type Verdict } from "./permit.ts";
import { ancestors } from "./scope.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { EmittedEvent } from "../event.ts";
import type { Subscription } from "../subscription.ts";
import {
  listSubscriptions,
  type ListSubscriptionsOptions,
} from "../subscriptions/list.ts";

/** Why a subscription gets an event, or why not. */
export interface Explanation {
  /** The subscription. */
  readonly subscription: Subscription;
  /** Whether it would get the event now. */
  readonly receives: boolean;
  /** All that speaks against it, or else what speaks for it. Holds none of the event's data. */
  readonly reasons: readonly string[];
}

const ASKED_AT_ONCE = 16;

/**
 * Says of every subscription whether it would get an event, and why. Nothing is emitted and nothing is changed.
 *
 * All subscriptions are read, unlike by `emit`, so narrow them by owner or scope where there are many. Permissions are
 * asked for, as by `emit`, where nothing else about the event speaks against it.
 */
export function explain(
  sender: SenderParts,
  event: EmittedEvent,
  options: ListSubscriptionsOptions = {},
): AsyncGenerator<Explanation> {
  const asked = parts(sender, event);
  return mapAhead(
    listSubscriptions(sender, options),
    (subscription) => explainOne(sender, subscription, asked),
    { atOnce: ASKED_AT_ONCE },
  );
}

interface Asked {
  readonly event: EmittedEvent;
  readonly noun: string;
  readonly verb: string;
  readonly lineage: readonly string[];
  readonly places: readonly string[];
}

function parts({ kinds }: SenderParts, event: EmittedEvent): Asked {
  const { noun, verb } = parseEventName(event.name);
  const lineage = kinds.lineage(noun);
  return { event, noun, verb, lineage, places: ancestors(event.scope) };
}

async function explainOne(
  sender: SenderParts,
  subscription: Subscription,
  asked: Asked,
): Promise<Explanation> {
  const about = [...mismatches(subscription, asked)];
  if (about.length === 0) {
    const context = { event: asked.event, phase: "enqueue" } as const;
    const verdict = await permit(sender, subscription, context);
    about.push(...refusals(subscription, verdict));
  }
  const against = [...inactivity(subscription), ...about];
  if (against.length > 0) {
    return { subscription, receives: false, reasons: against };
  }
  return { subscription, receives: true, reasons: merits(subscription, asked) };
}

function inactivity(
  { active, holds, statusMessage }: Subscription,
): string[] {
  if (active) return [];
  const kept = holds ? "; the event would be held" : "";
  return [`It is not active: ${statusMessage}${kept}`];
}

function* mismatches(
  { scope, for: nouns, when, filter }: Subscription,
  { event, noun, verb, lineage, places }: Asked,
): Generator<string> {
  if (!places.includes(scope)) {
    yield `Its scope ${scope} is neither ${event.scope} nor above it`;
  }
  if (!lineage.some((kind) => compileGlob(nouns).matches(kind))) {
    const kinds = lineage.length > 1 ? ", nor is one of its kinds" : "";
    yield `The noun ${noun} is not matched by ${nouns}${kinds}`;
  }
  if (!compileGlob(when).matches(verb)) {
    yield `The verb ${verb} is not matched by ${when}`;
  }
  if (filter === null) return;
  for (const { message } of compileSchema(filter).errors(event.data)) {
    yield `Its filter does not hold: ${message}`;
  }
}

function refusals(
  { owner, permission }: Subscription,
  verdict: Verdict,
): string[] {
  const who = owner === null
    ? "the acting user"
    : "the owner or the acting user";
  if (verdict === "denied") {
    return [`The permission ${permission} is denied to ${who}`];
  }
  if (verdict === "missing") {
    return [`The permission ${permission}, or ${who}, does not exist`];
  }
  return [];
}

function merits(
  { scope, for: nouns, when, filter, permission }: Subscription,
  { event, noun, verb }: Asked,
): string[] {
  const reasons = [
    `Its scope ${scope} covers ${event.scope}`,
    `${nouns} matches ${noun}, ${when} matches ${verb}`,
  ];
  if (filter !== null) reasons.push("Its filter holds");
  if (permission !== null) {
    reasons.push(`The permission ${permission} is not refused`);
  }
  return reasons;
}
