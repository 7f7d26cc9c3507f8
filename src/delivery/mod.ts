/**
 * Webhooks to others: durable, signed, and committed together with the application's own data.
 *
 * `emit` writes an event into the same atomic commit as the change that it tells of. `deliverDue`, called from a cron,
 * an alarm or after a request, takes it from there: one delivery for each subscriber, signed after Standard Webhooks,
 * repeated over days, held while an endpoint is down. Each request of an event carries the same `webhook-id`.
 *
 * ### What holds after a crash
 *
 * Either the application's change and its events are there, or neither. From then on any `deliverDue`, anywhere,
 * delivers them. A request that was made and whose outcome was not committed is made again with the same `webhook-id`;
 * so delivery is at least once, and receivers drop an id that they have seen. One run at a time is at work for each
 * `prefix`; a second one reports `"busy"`. Give an event an `id` of your own where `emit` may be repeated: when it throws
 * a `KvError` with `outcomeUnknown`, repeat it with the same `id`, and it says `"duplicate"` if the event is there
 * already. An event without a subscriber leaves nothing that tells so.
 *
 * ### The usual pattern
 *
 * On **Deno Deploy**: `denoKv` or `postgresKv`, one sender, and one function that calls
 * `deliverDue({ deadlineMs: 50_000, signal })`. Call it from `Deno.cron` once a minute, and without waiting after each
 * `emit`. On **Cloudflare**: a Durable Object with `durableObjectKv(storage, { exclusive: true })`. Set its alarm
 * before `emit` and once more after it; the alarm calls `deliverDue({ deadlineMs: 25_000, concurrency: 6 })` and sets
 * itself to `report.nextDueAt`, unless that is `null`. The folder `examples` of the repository has both:
 * `deno_deploy_delivery.ts` and `cloudflare_delivery`. On Cloudflare names of targets are resolved with the flag
 * `nodejs_compat` only; give `targetPolicy.resolve` where you have another resolver.
 *
 * ### Who hears of what
 *
 * An event has a `name`, `noun.verb`, where the noun may have points: `invoice.line.added`. A subscription hears of it
 * when all of these hold:
 *
 * | of the subscription | of the event |
 * |---|---|
 * | `scope`, a path such as `/eu/berlin`; default `/` | its `scope` is the same or below; default `/` |
 * | `for`, a glob over nouns; default `*` | matches the noun, or a kind that the noun inherits (option `kinds` of the sender) |
 * | `when`, a glob over verbs; default `*` | matches the verb |
 * | `filter`, a JSON Schema; none by default | its `data` satisfies it |
 * | `permission`, with `owner`; none by default | everybody who is asked may |
 *
 * In a glob `*` stands for any run of characters, over points too. Filters take the keywords of JSON Schema draft 7
 * whose cost is bounded: no patterns, references or formats; at most 8 KiB, 8 levels and 64 schemas.
 * `sender.explain(event)` says of each subscription why it would hear of an event, or why not.
 *
 * **Permissions.** With an `owner`, or a `permission`, the callback `permissions` of the sender is asked: once for the
 * owner, once for the event's `actor`, or for nobody in particular (`principal: null`) where there is neither. It is
 * asked by `emit` and again before each request, so that a right that was taken away counts at once. `false` ends the
 * delivery as `"denied"`. `"missing"`, for somebody or something that does not exist, ends it as `"missing"` and counts
 * towards `preconditionFailureLimit`. One that throws leaves the matter open in `emit`, and fails the attempt before a
 * request.
 *
 * **Declared subscriptions.** `sender.reconcile(list)` makes the subscriptions of your configuration be those that are
 * stored; `{ apply: false }` only plans, and {@linkcode formatPlan} prints the plan. A declaration that has changed
 * makes a new subscription, which takes over what waits for the old one.
 *
 * ### Requests
 *
 * | dialect | body | signed |
 * |---|---|---|
 * | `sluice`, the default | `{ id, type, time, scope?, data }` | yes |
 * | `standard` | `{ type, timestamp, data }`, as Standard Webhooks advises | yes |
 * | `rest-hooks` | the data alone; a 410 removes the subscription | no |
 * | one of your own | whatever its `body` gives; see {@linkcode Dialect} | as it says |
 *
 * A signed request has `webhook-id`, `webhook-timestamp` and `webhook-signature`: HMAC-SHA256 (`v1`, the default) or
 * Ed25519 (`signing: "v1a"`, whose public key is no secret). `rotateSecret` adds a new secret, and for a day requests
 * carry a signature of each. `headers` of a subscription, an `Authorization` for instance, are sealed in the store;
 * names that belong to the connection, the body or the signature are refused.
 *
 * ### What becomes of a delivery
 *
 * - **2xx** is success. A **410** disables the subscription, or removes it where the dialect says so. Everything else
 *   is a failed attempt: another status, a redirect, which is never followed, no answer within `timeoutMs`.
 * - **Retries**: after 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h, each up to a tenth later, some 75 hours in all. A
 *   `Retry-After` of up to a day is honoured; with 429, 502, 503 or 504 it holds the whole endpoint.
 * - **Circuit**: five failures in a row open it. Then one delivery at a time probes, after about 30 s, a minute and so
 *   on up to an hour; the others wait without spending attempts. A success closes it.
 * - **Disabled**: after 50 failed attempts in a row, or 50 events with something missing (`limits` of the
 *   subscription), the subscription is suspended with a `statusMessage`. What comes is held, up to 10,000 deliveries;
 *   beyond that, and once its event is no longer kept, it is recorded as dropped. `sender.activate(id)` sets the
 *   counters back and delivers what was held.
 * - **By hand**: `sender.deactivate(id)` stops a subscription; events of the meantime are not for it, or are held with
 *   `{ hold: true }`.
 * - **Order**: with `ordered: true`, deliveries of events with the same `entity` go one after the other, in the order
 *   of their commits, and the next waits until the one before has ended, also by its last failure. Without it, or
 *   without an `entity`, they go side by side. Replays go beside the order.
 * - **Replay**: `sender.replay(id, …)` delivers once more, with the same `webhook-id`: one event, those of a time, or
 *   those that failed. Events are kept for 30 days.
 * - **Records**: `sender.deliveries(id)` walks what waits and the last 50 that have ended, with their last five
 *   attempts: status, headers without secrets, the first 2 KiB of the answer.
 *
 * `deliverDue` takes `deadlineMs`, `signal`, `concurrency` (16), `leaseMs` (30,000), and `waitMs` (1,000): how long it
 * waits for what is due next before it ends. An event has at most 256 KiB, or half of what a commit of the store takes
 * where that is less.
 *
 * ### Receivers
 *
 * Take the raw bytes, call {@linkcode verifySignature}, look the `id` up among those that you have handled, answer 2xx
 * once the message is safe, and do the work after. The answer is wanted within 15 seconds.
 *
 * **Rebinding.** Names are resolved and refused unless every address is public, but plain `fetch` resolves them once
 * more: who controls a name can answer differently the second time. That is narrowed by TLS, which asks the other
 * machine for a certificate of that name, and not closed. Where it matters, send through a proxy of your own with
 * `fetch`.
 *
 * @example Kinds, scopes, filters, and why somebody does not hear of it
 * ```ts
 * import { generateSealingKey, WebhookSender } from "@sluice/edge/delivery";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { assertEquals } from "@std/assert";
 *
 * const sender = new WebhookSender({
 *   kv: memoryKv(),
 *   sealingKey: generateSealingKey(),
 *   kinds: { invoice: ["document"] }, // who subscribes to documents hears of invoices
 *   targetPolicy: { resolve: () => Promise.resolve(["93.184.215.14"]) },
 * });
 * await sender.subscribe({ to: "https://a.example.com/in", for: "document", scope: "/eu" });
 * await sender.subscribe({
 *   to: "https://b.example.com/in",
 *   for: "invoice*",
 *   when: "paid",
 *   filter: { properties: { total: { minimum: 1000 } }, required: ["total"] },
 * });
 *
 * const event = { name: "invoice.paid", scope: "/eu/berlin", data: { total: 250 } };
 * const result = await sender.emit(event);
 * if (result.ok) assertEquals(result.events[0]?.matched, 1);
 * for await (const { subscription, receives, reasons } of sender.explain(event)) {
 *   console.log(subscription.to, receives, reasons[0]);
 *   // https://b.example.com/in false Its filter does not hold: …
 * }
 * ```
 *
 * @example An endpoint goes away, comes back, and gets what it missed
 * ```ts
 * import { generateSealingKey, WebhookSender } from "@sluice/edge/delivery";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { assertEquals } from "@std/assert";
 *
 * let status = 410;
 * const ids: (string | null)[] = [];
 * const sender = new WebhookSender({
 *   kv: memoryKv(),
 *   sealingKey: generateSealingKey(),
 *   targetPolicy: { resolve: () => Promise.resolve(["93.184.215.14"]) },
 *   fetch: (_url, init) => {
 *     ids.push(new Headers(init?.headers).get("webhook-id"));
 *     return Promise.resolve(new Response(null, { status }));
 *   },
 * });
 * const { subscription: { id } } = await sender.subscribe({ to: "https://example.com/in" });
 *
 * await sender.emit({ name: "order.placed", data: { number: 1 } });
 * await sender.deliverDue();
 * const disabled = await sender.subscription(id);
 * assertEquals([disabled?.active, disabled?.holds], [false, true]);
 *
 * await sender.emit({ name: "order.placed", data: { number: 2 } });
 * await sender.deliverDue(); // held
 * status = 204;
 * await sender.activate(id);
 * const { succeeded } = await sender.deliverDue();
 * assertEquals([succeeded, new Set(ids).size], [2, 2]);
 *
 * await sender.replay(id, { since: 0 });
 * assertEquals((await sender.deliverDue()).succeeded, 2); // once more, with the same ids
 * assertEquals(new Set(ids).size, 2);
 * ```
 *
 * @example Ask who may hear of it
 * ```ts
 * import { generateSealingKey, type Permissions, WebhookSender } from "@sluice/edge/delivery";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { assertEquals } from "@std/assert";
 *
 * const rights = new Map([["anna", new Set(["view"])], ["bob", new Set<string>()]]);
 * const permissions: Permissions = ({ principal, permission }) => {
 *   const own = rights.get(principal ?? "");
 *   return own ? own.has(permission) : "missing";
 * };
 * const sender = new WebhookSender({
 *   kv: memoryKv(),
 *   sealingKey: generateSealingKey(),
 *   permissions,
 *   targetPolicy: { resolve: () => Promise.resolve(["93.184.215.14"]) },
 * });
 * for (const owner of ["anna", "bob"]) {
 *   await sender.subscribe({ to: `https://example.com/${owner}`, owner });
 * }
 * const result = await sender.emit({ name: "invoice.paid", data: {} });
 * if (result.ok) assertEquals(result.events.map(({ matched, denied }) => [matched, denied]), [[1, 1]]);
 * ```
 *
 * @example A dialect of your own
 * ```ts
 * import { type Dialect, generateSealingKey, WebhookSender } from "@sluice/edge/delivery";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { assertEquals } from "@std/assert";
 *
 * const chat: Dialect = {
 *   name: "chat",
 *   signed: false, // whoever has its URL may write
 *   body: (data, { event }) => JSON.stringify({ text: `${event.name}: ${JSON.stringify(data)}` }),
 * };
 * let sent = "";
 * const sender = new WebhookSender({
 *   kv: memoryKv(),
 *   sealingKey: generateSealingKey(),
 *   dialects: [chat],
 *   targetPolicy: { resolve: () => Promise.resolve(["93.184.215.14"]) },
 *   fetch: async (url, init) => {
 *     sent = await new Request(url, init).text();
 *     return new Response();
 *   },
 * });
 * await sender.subscribe({ to: "https://chat.example.com/T1/abc", dialect: "chat" });
 * await sender.emit({ name: "invoice.paid", data: { number: 42 } });
 * await sender.deliverDue();
 * assertEquals(sent, '{"text":"invoice.paid: {\\"number\\":42}"}');
 * ```
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
export type {
  DeliveryAttempted,
  DeliveryEvent,
  DeliveryMember,
  DeliveryRunEnded,
  DeliveryRunStarted,
  DeliveryStep,
  ErrorNote,
  EventTime,
  RunMember,
} from "../observe/events.ts";
export type { Observer } from "../observe/observer.ts";
export { generateSealingKey } from "../crypto/seal.ts";
export {
  DeliveryError,
  KvError,
  SluiceError,
  ValidationError,
} from "../errors.ts";
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
} from "./run/deliver_due.ts";
export type { DeliveriesOptions } from "./run/deliveries.ts";
export type {
  Attempt,
  AttemptRequest,
  AttemptResponse,
  Delivery,
  DeliveryStatus,
} from "./delivery.ts";
export type { DeliveryHealth } from "./run/health.ts";
export type { ReplayRequest } from "./replay.ts";
export type {
  NewSubscription,
  Subscription,
  SubscriptionLimits,
} from "./subscription.ts";
export type {
  Subscribed,
  SubscribeOptions,
} from "./subscriptions/subscribe.ts";
export type { ShownSecret } from "./subscriptions/new_row.ts";
export type { DeactivateOptions } from "./subscriptions/activate.ts";
export type { ListSubscriptionsOptions } from "./subscriptions/list.ts";
export type {
  SubscriptionChanges,
  UpdateOptions,
} from "./subscriptions/update.ts";
export type { RotateSecretOptions } from "./subscriptions/rotate_secret.ts";
export type { Explanation } from "./matching/explain.ts";
export { formatPlan } from "./subscriptions/plan.ts";
export type {
  AddedSubscription,
  DeactivatedSubscription,
  Plan,
  PlannedSubscription,
  UnchangedSubscription,
} from "./subscriptions/plan.ts";
export type {
  Declaration,
  ReconcileOptions,
  Reconciliation,
} from "./subscriptions/reconcile.ts";
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
export { checkTargetUrl } from "./target/check_target.ts";
export { allowLoopback } from "./target/target_policy.ts";
export type { TargetPolicy } from "./target/target_policy.ts";
export { sign } from "./signing/sign.ts";
export type {
  OutgoingMessage,
  SignatureHeaders,
  SignOptions,
} from "./signing/sign.ts";
export { generateSecret, publicKeyOf } from "./signing/signing_secret.ts";
export type {
  GeneratedSecret,
  GenerateSecretOptions,
} from "./signing/signing_secret.ts";
export {
  skipTimestampCheck,
  verifySignature,
} from "./signing/verify_signature.ts";
export type {
  ReceivedBody,
  ReceivedHeaders,
  ReceivedRequest,
  VerifiedMessage,
  VerifySignatureOptions,
} from "./signing/verify_signature.ts";
