import { resealSubscriptions } from "./subscriptions/reseal.ts";
import {
  type SubscriptionChanges,
  update,
  type UpdateOptions,
} from "./subscriptions/update.ts";
import {
  activate,
  deactivate,
  type DeactivateOptions,
} from "./subscriptions/activate.ts";
import {
  deliverDue,
  type DeliverOptions,
  type DeliveryReport,
} from "./run/deliver_due.ts";
import { deliveries, type DeliveriesOptions } from "./run/deliveries.ts";
import type { Delivery } from "./delivery.ts";
import { emit, type EmitOptions, type EmitResult } from "./emit.ts";
import type { OutboundEvent } from "./event.ts";
import { readEvent } from "./_event.ts";
import { explain, type Explanation } from "./matching/explain.ts";
import { type DeliveryHealth, deliveryHealth } from "./run/health.ts";
import {
  type Declaration,
  reconcile,
  type ReconcileOptions,
  type Reconciliation,
} from "./subscriptions/reconcile.ts";
import { remove, removeForOwner } from "./subscriptions/remove.ts";
import { type ReplayRequest, requestReplay } from "./replay.ts";
import {
  rotateSecret,
  type RotateSecretOptions,
} from "./subscriptions/rotate_secret.ts";
import {
  readSenderOptions,
  type WebhookSenderOptions,
} from "./sender_options.ts";
import type { DeliveryStore } from "./_store.ts";
import type { ShownSecret } from "./subscriptions/new_row.ts";
import {
  subscribe,
  type Subscribed,
  type SubscribeOptions,
} from "./subscriptions/subscribe.ts";
import type { NewSubscription, Subscription } from "./subscription.ts";
import {
  getSubscription,
  listSubscriptions,
  type ListSubscriptionsOptions,
} from "./subscriptions/list.ts";

/**
 * Sends webhooks, each at least once.
 *
 * An event is committed together with the application's own change, or not at all. From then on it survives the end of
 * the process: any `deliverDue`, anywhere, takes it up. A request that was made and whose outcome could not be
 * committed is made again with the same `webhook-id`, by which receivers tell a repeat.
 *
 * Secrets, headers, events and the records of attempts lie sealed in the store; names of events, ids, times, target
 * URLs and owners do not.
 *
 * @example Subscribe, emit, deliver
 * ```ts
 * import { generateSealingKey } from "@sluice/edge/crypto";
 * import { WebhookSender } from "@sluice/edge/delivery";
 * import { memoryKv } from "@sluice/edge/kv";
 *
 * const kv = memoryKv();
 * const sender = new WebhookSender({
 *   kv,
 *   sealingKey: generateSealingKey(), // keep it with your secrets
 *   targetPolicy: { resolve: () => Promise.resolve(["93.184.215.14"]) },
 *   fetch: () => Promise.resolve(new Response()),
 * });
 * const { secret } = await sender.subscribe({
 *   to: "https://example.com/hooks",
 *   for: "invoice",
 * });
 * console.log(secret?.startsWith("whsec_")); // true: give it to the receiver, it is not shown again
 *
 * const sets = [{ key: ["invoice", 42], value: { paid: true } }];
 * await sender.emit({ name: "invoice.paid", data: { number: 42 } }, { commit: { sets } });
 * const { succeeded } = await sender.deliverDue();
 * console.log(succeeded); // 1
 * ```
 */
export class WebhookSender {
  readonly #store: DeliveryStore;

  /**
   * Opens a sender. Nothing is read or written before the first call.
   *
   * @throws {ConfigError} When the sealing key is none.
   * @throws {TypeError} or {RangeError} for an option that cannot be meant.
   */
  constructor(options: WebhookSenderOptions) {
    this.#store = readSenderOptions(options);
  }

  /**
   * Commits events together with the application's own change: all of it, or nothing. No network is touched; only the
   * index of subscriptions is read, and `permissions` asked. With no subscriber nothing is added to the change.
   *
   * After a crash either the change and its events are there, or neither. When the commit throws a `KvError` with
   * `outcomeUnknown`, repeat it with the same `id` of your own, which the first call must have had: it says
   * `"duplicate"` if the event is there already. An event without a subscriber leaves nothing that tells so.
   *
   * @param event What happened, or several things.
   * @param options The application's change.
   * @returns Whether it was committed.
   * @throws {ValidationError} When an event cannot be told; `field` says why. Nothing was committed.
   * @throws {DeliveryError} When others emitted for the same entity without a pause; repeat it. Nothing was committed.
   * @throws {DecryptError} For an `entity`, when the store's key for the names of lanes was sealed with a key that is
   * not given. Nothing was committed.
   * @throws {KvError} When the store failed.
   */
  emit(
    event: OutboundEvent | readonly OutboundEvent[],
    options: EmitOptions = {},
  ): Promise<EmitResult> {
    return emit(this.#store, event, options);
  }

  /**
   * Delivers what is due: call it from a cron, from an alarm, and after `emit` where the host lets work go on. One run
   * at a time is at work; another one says `"busy"` and does nothing.
   *
   * @param options When to end, and how much at once.
   * @returns What was done, once it is durable.
   * @throws {KvError} When the store failed. Whatever was not recorded is delivered again.
   * @throws {RangeError} When a number among the options is out of bounds.
   * @throws {TypeError} When `signal` is none.
   */
  deliverDue(options: DeliverOptions = {}): Promise<DeliveryReport> {
    return deliverDue(this.#store, options);
  }

  /**
   * Stores a new subscription. The secret in the result is shown now and never again.
   *
   * @throws {ValidationError} When fields are wrong, the target among them: the message lists all of them.
   * @throws {ApiError} When the name of the target could not be resolved; retryable.
   */
  subscribe(
    subscription: NewSubscription,
    options: SubscribeOptions = {},
  ): Promise<Subscribed> {
    return subscribe(this.#store, subscription, options);
  }

  /**
   * Makes the declared subscriptions be those that are declared: new ones are added, those no longer declared are
   * deactivated and never deleted, a changed one is deactivated and added anew. Doing it twice changes nothing.
   *
   * @returns What was done, or with `apply: false` what would be.
   * @throws {ValidationError} When declarations are wrong: the message lists what, and nothing is changed.
   * @throws {ApiError} When the name of a new target could not be resolved; nothing is changed, and it is retryable.
   * @throws {DecryptError} When one that is stored was sealed with a key that is not given.
   */
  reconcile(
    declared: readonly Declaration[],
    options: ReconcileOptions = {},
  ): Promise<Reconciliation> {
    return reconcile(this.#store, declared, options);
  }

  /** Reads a subscription; `undefined` when there is none of that id. */
  subscription(id: string): Promise<Subscription | undefined> {
    return getSubscription(this.#store, id);
  }

  /**
   * Walks the subscriptions in the order of their ids.
   *
   * @throws {RangeError} When `limit` is not a whole number from 1 up.
   * @throws {ValidationError} When `scope` is no path.
   */
  subscriptions(
    options: ListSubscriptionsOptions = {},
  ): AsyncGenerator<Subscription> {
    return listSubscriptions(this.#store, options);
  }

  /**
   * Lets a subscription receive, with its counters set back and its history kept. What was held is delivered.
   *
   * @returns `true`, or `false` when it was active already.
   * @throws {ValidationError} When there is none of that id, or its declaration was removed or has changed.
   */
  activate(id: string): Promise<boolean> {
    return activate(this.#store, id);
  }

  /**
   * Keeps a subscription from receiving. What is queued waits; what comes is held only where asked.
   *
   * @returns `true`, or `false` when it was inactive already and held events as it is to do now.
   * @throws {ValidationError} When there is none of that id.
   * @throws {TypeError} When an option has the wrong type.
   */
  deactivate(id: string, options: DeactivateOptions = {}): Promise<boolean> {
    return deactivate(this.#store, id, options);
  }

  /** Removes a subscription with all that waits for it; `false` when there is none of that id. */
  remove(id: string): Promise<boolean> {
    return remove(this.#store, id);
  }

  /**
   * Removes all subscriptions of a principal, each with a commit of its own; gives back their ids.
   *
   * @throws {TypeError} When the owner is no text.
   */
  removeForOwner(owner: string): Promise<readonly string[]> {
    return removeForOwner(this.#store, owner);
  }

  /**
   * Gives a subscription a new secret; for a while requests carry a signature of each.
   *
   * @returns What the receiver verifies with from now on: shown now and never again.
   * @throws {ValidationError} When there is none of that id, it does not sign, the secret is none, or ten old ones still
   * sign.
   * @throws {RangeError} When `overlapMs` is out of bounds.
   * @throws {DecryptError} When its secrets were sealed with a key that is not given.
   */
  rotateSecret(
    id: string,
    options: RotateSecretOptions = {},
  ): Promise<ShownSecret> {
    return rotateSecret(this.#store, id, options);
  }

  /**
   * Says of every subscription why it would get an event, or why not. Reads all of them.
   *
   * @throws {ValidationError} When the event is none.
   */
  explain(
    event: OutboundEvent,
    options: ListSubscriptionsOptions = {},
  ): AsyncGenerator<Explanation> {
    const { event: read } = readEvent(event, this.#store.now());
    return explain(this.#store, read, options);
  }

  /**
   * Walks the deliveries of a subscription: those that wait, then those that have ended, oldest first.
   */
  deliveries(
    subscription: string,
    options: DeliveriesOptions = {},
  ): AsyncGenerator<Delivery> {
    return deliveries(this.#store, subscription, options);
  }

  /**
   * Changes the target, the filter, the headers or the limits of a subscription.
   *
   * @throws {ValidationError} When there is none of that id, it is declared, or a field is wrong: the message lists all.
   * @throws {ApiError} When the name of a new target could not be resolved; retryable.
   */
  update(
    id: string,
    options: UpdateOptions & { readonly changes: SubscriptionChanges },
  ): Promise<Subscription> {
    return update(this.#store, id, options);
  }

  /**
   * Seals secrets and headers again with the first of the sealing keys, and the key for the names of lanes, after a key
   * was put in front. Once all of them are, and the events of the last 30 days have gone, the old key can go.
   *
   * @returns How many subscriptions were sealed again.
   * @throws {DecryptError} When one was sealed with a key that is not given.
   */
  resealSubscriptions(): Promise<number> {
    return resealSubscriptions(this.#store);
  }

  /**
   * Delivers once more, with the same `webhook-id`: one event, those of a time, or those that failed. Permission and
   * target are checked as for any other. The next run does it.
   *
   * @throws {ValidationError} When there is no such subscription, or the event is no longer kept.
   */
  replay(subscription: string, request: ReplayRequest): Promise<void> {
    return requestReplay(this.#store, { subscription, request });
  }

  /** Tells how the sender is doing. Walks the endpoints. */
  health(): Promise<DeliveryHealth> {
    return deliveryHealth(this.#store);
  }
}
