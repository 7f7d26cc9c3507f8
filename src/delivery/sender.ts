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
import type { SenderParts } from "./_sender_parts.ts";
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
  readonly #sender: SenderParts;

  /**
   * Opens a sender. Nothing is read or written before the first call.
   *
   * @throws {ConfigError} When the sealing key is none.
   * @throws {TypeError} or {RangeError} for an option that cannot be meant.
   */
  constructor(options: WebhookSenderOptions) {
    this.#sender = readSenderOptions(options);
  }

  /**
   * Commits events together with the application's own change: all of it, or nothing. No network is touched; only the
   * index of subscriptions is read, and `permissions` asked. With no subscriber nothing is added to the change.
   *
   * After a crash either the change and its events are there, or neither. When the commit throws a `KvError` with
   * `outcomeUnknown`, repeat it with the same `id` of your own, which the first call must have had: it says
   * `"duplicate"` if the event is there already. An event without a subscriber leaves nothing that tells so.
   *
   * One commit holds all of it, within the `limits` of the store. Beside your change, an event takes two writes or a few
   * more, and all of them a check; each `id` of your own and each `entity` that ordered subscribers get takes a write and
   * a check. Deno KV takes 100 checks, 1,000 writes and 768,000 bytes: at most 99 such ids and entities in one call, and some 26,000
   * subscribers of all its events together.
   *
   * @param event What happened, or several things.
   * @param options The application's change.
   * @returns Whether it was committed.
   * @throws {ValidationError} When an event cannot be told; `field` says why. Nothing was committed.
   * @throws {DeliveryError} When others emitted for the same entity without a pause: it is `retryable`, repeat it. When
   * the change and its events are more than the store takes in one commit, naming what and the bound: it is not; emit
   * fewer at once. Nothing was committed.
   * @throws {DecryptError} For an `entity`, when the store's key for the names of lanes was sealed with a key that is
   * not given. Nothing was committed.
   * @throws {KvError} When the store failed.
   */
  emit(
    event: OutboundEvent | readonly OutboundEvent[],
    options: EmitOptions = {},
  ): Promise<EmitResult> {
    return emit(this.#sender, event, options);
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
    return deliverDue(this.#sender, options);
  }

  /**
   * Stores a new subscription. The secret in the result is shown now and never again.
   *
   * One commit holds its row and its places in the indexes: after a crash it is there whole or not at all. When that
   * cannot be told, after a `KvError` with `outcomeUnknown`, a repeat may make a second one of the same content: look
   * with {@linkcode subscriptions} first, and rotate the secret of one that nobody has seen.
   *
   * @throws {ValidationError} When fields are wrong, the target among them: the message lists all of them.
   * @throws {ApiError} When the name of the target could not be resolved; retryable.
   * @throws {KvError} When the store failed.
   */
  subscribe(
    subscription: NewSubscription,
    options: SubscribeOptions = {},
  ): Promise<Subscribed> {
    return subscribe(this.#sender, subscription, options);
  }

  /**
   * Makes the declared subscriptions be those that are declared: new ones are added, those no longer declared are
   * deactivated and never deleted, a changed one is deactivated and added anew, and the new one takes over what waits
   * for the old one. Doing it twice changes nothing.
   *
   * Each declaration takes one commit. After a crash, call it again: what was done is found unchanged. Only the secrets
   * that were made for what was added before the crash have been shown to nobody; rotate those, or declare your own.
   *
   * @returns What was done, or with `apply: false` what would be.
   * @throws {ValidationError} When declarations are wrong: the message lists what, and nothing is changed.
   * @throws {ApiError} When the name of a new target could not be resolved; nothing is changed, and it is retryable.
   * @throws {DecryptError} When one that is stored was sealed with a key that is not given.
   * @throws {KvError} When the store failed; what was done before stays.
   */
  reconcile(
    declared: readonly Declaration[],
    options: ReconcileOptions = {},
  ): Promise<Reconciliation> {
    return reconcile(this.#sender, declared, options);
  }

  /**
   * Reads a subscription; `undefined` when there is none of that id.
   *
   * @throws {KvError} When the store failed.
   */
  subscription(id: string): Promise<Subscription | undefined> {
    return getSubscription(this.#sender, id);
  }

  /**
   * Walks the subscriptions in the order of their ids.
   *
   * @throws {RangeError} When `limit` is not a whole number from 1 up.
   * @throws {ValidationError} When `scope` is no path.
   * @throws {KvError} When the store failed.
   */
  subscriptions(
    options: ListSubscriptionsOptions = {},
  ): AsyncGenerator<Subscription> {
    return listSubscriptions(this.#sender, options);
  }

  /**
   * Lets a subscription receive, with its counters set back and its history kept. What was held is delivered. One
   * commit: after a crash it was done or not, and a repeat does no harm.
   *
   * @returns `true`, or `false` when it was active already.
   * @throws {ValidationError} When there is none of that id, or its declaration was removed or has changed.
   * @throws {KvError} When the store failed.
   */
  activate(id: string): Promise<boolean> {
    return activate(this.#sender, id);
  }

  /**
   * Keeps a subscription from receiving. What is queued waits; what comes is held only where asked. One commit: after a
   * crash it was done or not, and a repeat does no harm.
   *
   * @returns `true`, or `false` when it was inactive already and held events as it is to do now.
   * @throws {ValidationError} When there is none of that id.
   * @throws {TypeError} When an option has the wrong type.
   * @throws {KvError} When the store failed.
   */
  deactivate(id: string, options: DeactivateOptions = {}): Promise<boolean> {
    return deactivate(this.#sender, id, options);
  }

  /**
   * Removes a subscription with all that waits for it; `false` when there is none of that id. One commit takes it out of
   * service; the next run cuts its requests and clears its rows, however often it dies on the way.
   *
   * @throws {KvError} When the store failed.
   */
  remove(id: string): Promise<boolean> {
    return remove(this.#sender, id);
  }

  /**
   * Removes all subscriptions of a principal, found by an index, each with a commit of its own: after a crash, call it
   * again.
   *
   * @returns The ids that this call removed.
   * @throws {TypeError} When the owner is no text.
   * @throws {KvError} When the store failed.
   */
  removeForOwner(owner: string): Promise<readonly string[]> {
    return removeForOwner(this.#sender, owner);
  }

  /**
   * Gives a subscription a new secret; for a while requests carry a signature of each.
   *
   * After a crash, or a `KvError` with `outcomeUnknown`, rotate again: a secret that nobody has seen may be in use, and
   * with `overlapMs: 0` the receiver is cut off until it has the next one.
   *
   * @returns What the receiver verifies with from now on: shown now and never again.
   * @throws {ValidationError} When there is none of that id, it does not sign, the secret is none, or ten old ones still
   * sign.
   * @throws {RangeError} When `overlapMs` is out of bounds.
   * @throws {DecryptError} When its secrets were sealed with a key that is not given.
   * @throws {KvError} When the store failed.
   */
  rotateSecret(
    id: string,
    options: RotateSecretOptions = {},
  ): Promise<ShownSecret> {
    return rotateSecret(this.#sender, id, options);
  }

  /**
   * Says of every subscription why it would get an event, or why not. Reads all of them.
   *
   * @throws {ValidationError} When the event is none.
   * @throws {KvError} When the store failed.
   */
  explain(
    event: OutboundEvent,
    options: ListSubscriptionsOptions = {},
  ): AsyncGenerator<Explanation> {
    const { event: read } = readEvent(event, this.#sender.now());
    return explain(this.#sender, read, options);
  }

  /**
   * Walks the deliveries of a subscription: those that wait, then those that have ended, oldest first. An id that no
   * subscription has gives none.
   *
   * @throws {TypeError} At the call, when `only` is another word.
   * @throws {KvError} When the store failed.
   */
  deliveries(
    subscription: string,
    options: DeliveriesOptions = {},
  ): AsyncGenerator<Delivery> {
    return deliveries(this.#sender, subscription, options);
  }

  /**
   * Changes the target, the filter, the headers or the limits of a subscription, with one commit: after a crash all of
   * it is there, or nothing.
   *
   * @throws {ValidationError} When there is none of that id, it is declared, or a field is wrong: the message lists all.
   * @throws {ApiError} When the name of a new target could not be resolved; retryable.
   * @throws {KvError} When the store failed.
   */
  update(
    id: string,
    options: UpdateOptions & { readonly changes: SubscriptionChanges },
  ): Promise<Subscription> {
    return update(this.#sender, id, options);
  }

  /**
   * Seals secrets and headers again with the first of the sealing keys, and the key for the names of lanes, after a key
   * was put in front. Once all of them are, and the events of the last 30 days have gone, the old key can go. Each subscription takes a commit of its own: after
   * a crash, call it again.
   *
   * @returns How many subscriptions were sealed again.
   * @throws {DecryptError} When one was sealed with a key that is not given.
   * @throws {KvError} When the store failed.
   */
  resealSubscriptions(): Promise<number> {
    return resealSubscriptions(this.#sender);
  }

  /**
   * Delivers once more, with the same `webhook-id`: one event, those of a time, or those that failed. Permission and
   * target are checked as for any other. It is asked for once this has resolved; the next run does it, and goes on where
   * it stopped after a crash.
   *
   * @throws {ValidationError} When there is no such subscription, or the event is no longer kept.
   * @throws {KvError} When the store failed.
   */
  replay(subscription: string, request: ReplayRequest): Promise<void> {
    return requestReplay(this.#sender, { subscription, request });
  }

  /**
   * Tells how the sender is doing. Walks the endpoints.
   *
   * @throws {KvError} When the store failed.
   */
  health(): Promise<DeliveryHealth> {
    return deliveryHealth(this.#sender);
  }
}
