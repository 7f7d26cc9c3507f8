/**
 * Webhooks to others: durable, signed, and committed together with the application's own data.
 *
 * `emit` writes an event into the same atomic commit as the change that it tells of. `deliverDue`, called from a cron, an
 * alarm or after a request, takes it from there: one delivery for each subscriber, signed after Standard Webhooks,
 * repeated over days, held while an endpoint is down. Each request of an event carries the same `webhook-id`.
 *
 * **Receivers** verify with `verifySignature` over the raw bytes, and drop an id that they have seen.
 *
 * **Rebinding.** Names are resolved and refused unless every address is public, but plain `fetch` resolves them once
 * more: who controls a name can answer differently the second time. That is narrowed by TLS, which asks the other machine
 * for a certificate of that name, and not closed. Where it matters, send through a proxy of your own with `fetch`.
 *
 * @example Sign and verify
 * ```ts
 * import { generateSecret, sign, verifySignature } from "@sluice/edge/delivery";
 *
 * const { secret } = await generateSecret();
 * const body = '{"type":"invoice.paid"}';
 * const headers = await sign({ id: "msg_1", timestamp: Math.floor(Date.now() / 1000), body }, { secrets: [secret] });
 * const { id } = await verifySignature(body, headers, { secrets: [secret] });
 * console.log(id); // msg_1
 * ```
 *
 * @module
 */
export type { Random } from "../_internal/backoff.ts";
export type { Bytes } from "../_internal/bytes.ts";
export type { Clock } from "../_internal/clock.ts";
export type { JsonObject } from "../_internal/json.ts";
export type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvSet,
  KvStore,
} from "../kv/mod.ts";
export { generateSealingKey } from "../crypto/seal.ts";
export { DeliveryError, KvError, SluiceError, ValidationError } from "../errors.ts";
export type { SluiceErrorOptions } from "../errors.ts";
export type { FetchLike } from "../http/send.ts";
export { WebhookSender } from "./sender.ts";
export type { WebhookSenderOptions } from "./sender_options.ts";
export type { EmitOptions, EmitResult, Emitted } from "./emit.ts";
export type { EmittedEvent, JsonValue, OutboundEvent } from "./event.ts";
export type {
  DeliverOptions,
  DeliveryReport,
  DeliveryStop,
} from "./deliver_due.ts";
export type { DeliveriesOptions } from "./deliveries.ts";
export type {
  Attempt,
  AttemptRequest,
  AttemptResponse,
  Delivery,
} from "./delivery.ts";
export type { DeliveryHealth } from "./health.ts";
export type { DeliveryHook, DeliveryStatus, OnDeliveryHook } from "./hooks.ts";
export type { ReplayRequest } from "./replay.ts";
export type {
  NewSubscription,
  Subscription,
  SubscriptionLimits,
} from "./subscription.ts";
export type { Subscribed, SubscribeOptions } from "./subscribe.ts";
export type { ShownSecret } from "./_new_row.ts";
export type { DeactivateOptions } from "./activate.ts";
export type { ListSubscriptionsOptions } from "./subscriptions.ts";
export type { SubscriptionChanges, UpdateOptions } from "./update.ts";
export type { RotateSecretOptions } from "./rotate_secret.ts";
export type { Explanation } from "./explain.ts";
export { formatPlan } from "./plan.ts";
export type {
  AddedSubscription,
  DeactivatedSubscription,
  Plan,
  PlannedSubscription,
  UnchangedSubscription,
} from "./plan.ts";
export type {
  Declaration,
  ReconcileOptions,
  Reconciliation,
} from "./reconcile.ts";
export type {
  PermissionAnswer,
  PermissionQuestion,
  Permissions,
} from "./permission.ts";
export type { Dialect, DialectContext } from "./dialect.ts";
export {
  restHooksDialect,
  sluiceDialect,
  standardWebhooksDialect,
} from "./dialects.ts";
export { allowLoopback } from "./target_policy.ts";
export type { TargetPolicy } from "./target_policy.ts";
export { sign } from "./sign.ts";
export type { OutgoingMessage, SignatureHeaders, SignOptions } from "./sign.ts";
export { generateSecret, publicKeyOf } from "./signing_secret.ts";
export type {
  GeneratedSecret,
  GenerateSecretOptions,
} from "./signing_secret.ts";
export { skipTimestampCheck, verifySignature } from "./verify_signature.ts";
export type {
  ReceivedBody,
  ReceivedHeaders,
  ReceivedRequest,
  VerifiedMessage,
  VerifySignatureOptions,
} from "./verify_signature.ts";
