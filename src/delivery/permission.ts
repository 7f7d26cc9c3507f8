import type { EmittedEvent } from "./event.ts";
import type { Subscription } from "./subscription.ts";

/** What is asked of the application before an event goes to a subscriber. */
export interface PermissionQuestion {
  /** Who must be allowed: the acting user, the owner of the subscription, or `null` for nobody in particular. */
  readonly principal: string | null;
  /** What it must be allowed to do. */
  readonly permission: string;
  /** About what. */
  readonly event: EmittedEvent;
  /** To whom it would go. */
  readonly subscription: string;
  /** Asked when the event is emitted, and again before each request. */
  readonly phase: "enqueue" | "send";
}

/** `true` when allowed, `false` when not, `"missing"` when the principal or the permission does not exist. */
export type PermissionAnswer = boolean | "missing";

/**
 * Asks the application. One that throws when an event is emitted leaves the matter open until the request is made; then
 * it fails the attempt. There is no limit of time at `emit`: a question without an answer holds it.
 */
export type Permissions = (
  question: PermissionQuestion,
) => PermissionAnswer | Promise<PermissionAnswer>;

/** The parts of a subscription that decide whom to ask for what. */
export type Guarded = Pick<Subscription, "id" | "owner" | "permission">;
