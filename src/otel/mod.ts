/**
 * Spans and metrics of what Sluice does, through the API of OpenTelemetry.
 *
 * This entry is the only one that needs `@opentelemetry/api`. Where no SDK is registered nothing is recorded; Deno
 * registers its own with `OTEL_DENO=true` in the environment and sends by OTLP. On Cloudflare register an SDK of your
 * own.
 *
 * Share one observer among all parts of a program; {@linkcode otelObserver} names the spans and metrics. Ids are in
 * spans and never in metrics, so metrics stay few; neither holds data, messages of errors or secrets.
 *
 * @example Trace a client and a sender
 * ```ts
 * import type { ClientOptions } from "@sluice/edge/company-data";
 * import type { WebhookSenderOptions } from "@sluice/edge/delivery";
 * import { otelObserver } from "@sluice/edge/otel";
 *
 * const onEvent = otelObserver();
 * const clientOptions: ClientOptions = { onEvent };
 * const senderOptions: Pick<WebhookSenderOptions, "onEvent"> = { onEvent };
 * console.assert(clientOptions.onEvent === senderOptions.onEvent);
 * ```
 *
 * @module
 */
export type {
  AccountRead,
  ActionExecuted,
  CallMember,
  DeliveryAttempted,
  DeliveryEvent,
  DeliveryMember,
  DeliveryRunEnded,
  DeliveryRunStarted,
  DeliveryStep,
  ErrorNote,
  EventDeadLettered,
  EventDelivered,
  EventDuplicate,
  EventFailed,
  EventParked,
  EventTime,
  ExecutionOutcome,
  FileTypeDiffers,
  FileUploaded,
  FlowFlexEvent,
  InboxEvent,
  IntegrationEvent,
  ItemMember,
  PagePersisted,
  PollRan,
  PumpEvent,
  RedriveEnded,
  RedriveStarted,
  RunEnded,
  RunMember,
  RunStarted,
  SendFailed,
  SendKept,
  SendMember,
  SendRetried,
  SendSucceeded,
  SluiceEvent,
  WebhookRefused,
  WebhookStored,
  WorkEvent,
} from "../observe/events.ts";
export { otelObserver } from "./otel_observer.ts";
export type { MeterLike, OtelOptions, TracerLike } from "./otel_observer.ts";
