import type { JsonObject } from "../_internal/json.ts";
import type { ExecutionContext } from "./context.ts";
import type {
  ActionError,
  ActionResult,
  ConnectedAccountInfo,
} from "./results.ts";

/** What an action gives back; anything else is refused when it runs. */
export type ActionOutcome = ActionResult | ActionError;

/** Does an action's work. A fresh instance is made for every execution. */
export interface ActionHandler {
  /** Is given inputs that match the schema. */
  execute(
    inputs: JsonObject,
    context: ExecutionContext,
  ): Promise<ActionOutcome> | ActionOutcome;
}

/** One thing that a polling trigger found. */
export interface PollRecord {
  /** Names it; the same thing has the same id in every poll. */
  readonly id: unknown;
  /** What it is; must match the output schema. */
  readonly data: unknown;
}

/** Looks for what is new. A fresh instance is made for every poll. */
export interface PollingTriggerHandler {
  /** Gives what is new since `lastPollTs`, whose meaning is up to whoever runs the trigger. */
  poll(
    inputs: JsonObject,
    lastPollTs: unknown,
    context: ExecutionContext,
  ): Promise<readonly PollRecord[]> | readonly PollRecord[];
}

/** Finds out whom credentials belong to. A fresh instance is made for every call. */
export interface ConnectedAccountHandler {
  /** Gives what is known of the account. */
  getAccountInfo(
    context: ExecutionContext,
  ): Promise<ConnectedAccountInfo> | ConnectedAccountInfo;
}

// Methods compare their parameters both ways, so that a handler may name the inputs it expects.
/** {@linkcode ActionHandler} as a plain function. */
export type ActionFunction = ActionHandler["execute"];
/** {@linkcode PollingTriggerHandler} as a plain function. */
export type PollingTriggerFunction = PollingTriggerHandler["poll"];
/** {@linkcode ConnectedAccountHandler} as a plain function. */
export type ConnectedAccountFunction =
  ConnectedAccountHandler["getAccountInfo"];

/** A class of handlers that needs nothing to be made. */
export type HandlerClass<Handler> = new () => Handler;

/**
 * Registers a handler and gives it back unchanged: put it before a class as a standard decorator (`@`), or call it
 * with a class or a function.
 */
export type Register<Handler> = <Given extends Handler>(
  handler: Given,
  context?: ClassDecoratorContext,
) => Given;
