/** Class and code of an error. Never its message, which may hold anything. */
export interface ErrorNote {
  /** Name of the class. */
  readonly name: string;
  /** Its code, when it has one. */
  readonly code?: string;
}

/** What every event has. */
export interface EventTime {
  /** When it happened, in milliseconds since 1970. */
  readonly at: number;
}

/** What every event of a run has. */
export interface RunMember extends EventTime {
  /** Names the run; the same in all of its events. */
  readonly run: string;
}

/** A run has begun: it is the one consumer now. */
export interface RunStarted extends RunMember {
  /** What happened. */
  readonly type: "run.started";
}

/** A run has ended, and all that it did is committed. */
export interface RunEnded extends RunMember {
  /** What happened. */
  readonly type: "run.ended";
  /** Milliseconds it took. */
  readonly durationMs: number;
  /** Why it ended; `"failed"` when it rejected. */
  readonly stopped:
    | "empty"
    | "deadline"
    | "aborted"
    | "outage"
    | "busy"
    | "failed";
  /** Items that the handler finished. */
  readonly delivered: number;
  /** Attempts that followed a failed one. */
  readonly retried: number;
  /** Items moved to the dead letters. */
  readonly deadLettered: number;
  /** Items skipped because they were delivered before. */
  readonly duplicates: number;
  /** Items of the pages that it fetched and read. */
  readonly drained: number;
  /** Dead letters deleted because they were beyond the limits. */
  readonly dropped: number;
  /** Items that wait for a later run; `null` when it failed. */
  readonly pending: number | null;
  /** What it rejected with; `null` when it did not. */
  readonly error: ErrorNote | null;
}

/** Dead letters are about to be tried again. */
export interface RedriveStarted extends RunMember {
  /** What happened. */
  readonly type: "redrive.started";
}

/** Dead letters were tried again. */
export interface RedriveEnded extends RunMember {
  /** What happened. */
  readonly type: "redrive.ended";
  /** Milliseconds it took. */
  readonly durationMs: number;
  /** Why it ended; `"failed"` when it rejected. */
  readonly stopped: RunEnded["stopped"];
  /** Dead letters that the handler finished. */
  readonly redriven: number;
  /** Dead letters that failed again. */
  readonly failed: number;
  /** Dead letters that were left alone because a newer item has overtaken them. */
  readonly skipped: number;
  /** What it rejected with; `null` when it did not. */
  readonly error: ErrorNote | null;
}

/** What every event about one item has. */
export interface ItemMember extends RunMember {
  /** Names the item; made from its place in the spool, the same on every redelivery. */
  readonly event: string;
  /** Attempts so far, those of earlier runs among them. */
  readonly attempt: number;
}

/** The handler finished an item, and that is committed. */
export interface EventDelivered extends ItemMember {
  /** What happened. */
  readonly type: "event.delivered";
  /** Milliseconds that the handler took. */
  readonly durationMs: number;
}

/** An attempt failed. What follows from it is told on its own; nothing is committed yet. */
export interface EventFailed extends ItemMember {
  /** What happened. */
  readonly type: "event.failed";
  /** Milliseconds that the handler took; 0 when the item could not be read. */
  readonly durationMs: number;
  /** What it failed with. */
  readonly error: ErrorNote;
}

/** An item waits for a later attempt, and that is committed. */
export interface EventParked extends ItemMember {
  /** What happened. */
  readonly type: "event.parked";
  /** When it is due, in milliseconds since 1970. */
  readonly dueAt: number;
}

/** An item was moved to the dead letters. */
export interface EventDeadLettered extends ItemMember {
  /** What happened. */
  readonly type: "event.dead_lettered";
  /** What the last attempt failed with. */
  readonly error: ErrorNote;
}

/** An item was skipped because it was delivered before, and that is committed. */
export interface EventDuplicate extends ItemMember {
  /** What happened. */
  readonly type: "event.duplicate";
}

/** What a run over a spool tells. */
export type WorkEvent =
  | RunStarted
  | RunEnded
  | RedriveStarted
  | RedriveEnded
  | EventDelivered
  | EventFailed
  | EventParked
  | EventDeadLettered
  | EventDuplicate;

/** A page that the platform handed out, and deleted, is durable. */
export interface PagePersisted extends EventTime {
  /** What happened. */
  readonly type: "page.persisted";
  /** Its place in the spool. */
  readonly segment: number;
  /** Bytes of the page. */
  readonly bytes: number;
  /** Whether some of it is lost: it broke off on its way, or is too long; `null` when it is whole. */
  readonly cut: "cut_off" | "too_long" | null;
  /** The webhook whose backlog it is of; `null` for the feed. */
  readonly webhook: string | null;
}

/** A genuine delivery is durable. */
export interface WebhookStored extends EventTime {
  /** What happened. */
  readonly type: "webhook.stored";
  /** Its place in the spool. */
  readonly segment: number;
  /** Bytes of the body. */
  readonly bytes: number;
  /** Milliseconds that storing it took. */
  readonly durationMs: number;
}

/** Nothing of a delivery was kept. */
export interface WebhookRefused extends EventTime {
  /** What happened. */
  readonly type: "webhook.refused";
  /** Missing or wrong credentials, or too long a body. */
  readonly reason: "unauthenticated" | "too_large";
}

/** What the pump over the feed tells. */
export type PumpEvent =
  & {
    /** Where it happened. */
    readonly source: "pump";
  }
  & (WorkEvent | PagePersisted);

/** What the inbox of webhooks tells. */
export type InboxEvent =
  & {
    /** Where it happened. */
    readonly source: "inbox";
  }
  & (WorkEvent | PagePersisted | WebhookStored | WebhookRefused);

/** A run over what is due for subscribers has begun. */
export interface DeliveryRunStarted extends RunMember {
  /** What happened. */
  readonly type: "run.started";
}

/** A run over what is due for subscribers has ended, and all that it did is committed. */
export interface DeliveryRunEnded extends RunMember {
  /** What happened. */
  readonly type: "run.ended";
  /** Milliseconds it took. */
  readonly durationMs: number;
  /** Why it ended; `"failed"` when it rejected. */
  readonly stopped: "empty" | "deadline" | "aborted" | "busy" | "failed";
  /** Deliveries that were made of events, and by replays. */
  readonly created: number;
  /** Deliveries that a receiver answered with 2xx. */
  readonly succeeded: number;
  /** Attempts that failed and will be repeated. */
  readonly retried: number;
  /** Deliveries that ended without success. */
  readonly failed: number;
  /** What it rejected with; `null` when it did not. */
  readonly error: ErrorNote | null;
}

/** What every event about a delivery or its subscription has. */
export interface DeliveryMember extends RunMember {
  /** Which subscription. */
  readonly subscription: string;
  /** Which event; `null` when it concerns the subscription as a whole. */
  readonly event: string | null;
  /** Number of the attempt, 0 when there was none. */
  readonly attempt: number;
  /** Milliseconds that the attempt took, 0 when there was none. */
  readonly durationMs: number;
  /** The HTTP status; 0 when there was no answer. */
  readonly httpStatus: number;
  /** Why, in a few words of the sender's own. */
  readonly message: string;
}

/** An attempt has ended, and what became of it is committed. */
export interface DeliveryAttempted extends DeliveryMember {
  /** What happened. An attempt that was the last one is told as `failed`, then as `exhausted`. */
  readonly type: "delivery.succeeded" | "delivery.failed";
}

/** Something else became of a delivery or of its subscription, and is committed. */
export interface DeliveryStep extends DeliveryMember {
  /** What happened. */
  readonly type:
    | "delivery.created"
    | "delivery.exhausted"
    | "delivery.skipped"
    | "subscription.disabled"
    | "subscription.recovered";
}

/** What a sender of webhooks tells. */
export type DeliveryEvent =
  & {
    /** Where it happened. */
    readonly source: "delivery";
  }
  & (DeliveryRunStarted | DeliveryRunEnded | DeliveryAttempted | DeliveryStep);

/** The type of the envelope that an execution gave, or that it threw. */
export type ExecutionOutcome =
  | "action"
  | "action_error"
  | "connected_account"
  | "validation_error"
  | "error"
  | "thrown";

/** What every event about a call of a handler has. */
export interface CallMember extends EventTime {
  /** Milliseconds it took. */
  readonly durationMs: number;
  /** What was thrown, or what an `error` envelope names; `null` when there was neither. */
  readonly error: ErrorNote | null;
}

/** An action has ended. */
export interface ActionExecuted extends CallMember {
  /** What happened. */
  readonly type: "action.executed";
  /** Its name; `null` for one that is not registered. */
  readonly action: string | null;
  /** How it ended. */
  readonly outcome: ExecutionOutcome;
}

/** The account behind credentials was asked for. */
export interface AccountRead extends CallMember {
  /** What happened. */
  readonly type: "account.read";
  /** How it ended. */
  readonly outcome: ExecutionOutcome;
}

/** A trigger was polled. What it found is not stored yet: the events of the run tell of that. */
export interface PollRan extends CallMember {
  /** What happened. */
  readonly type: "poll.ran";
  /** Its name; `null` for one that is not registered. */
  readonly trigger: string | null;
  /** How it ended. */
  readonly outcome: "polled" | "thrown";
  /** Records that it gave. */
  readonly records: number;
}

/** What an integration tells. */
export type IntegrationEvent =
  & {
    /** Where it happened. */
    readonly source: "integration";
    /** Name of the integration. */
    readonly integration: string;
  }
  & (
    | ActionExecuted
    | AccountRead
    | PollRan
    | (
      & WorkEvent
      & {
        /** The trigger whose records the run delivers. */
        readonly trigger: string;
      }
    )
  );

/** What every event about an event for FlowFlex, or a file for it, has. */
export interface SendMember extends EventTime {
  /** The idempotency key, the same on every attempt; `null` for a file that is uploaded on its own. */
  readonly event: string | null;
  /** Name of the event; `null` for a file that is uploaded on its own. */
  readonly name: string | null;
}

/** An event is durable and will be sent by a run. */
export interface SendKept extends SendMember {
  /** What happened. */
  readonly type: "send.kept";
  /** Files that are kept with it. */
  readonly files: number;
}

/** The platform has taken an event. */
export interface SendSucceeded extends SendMember {
  /** What happened. */
  readonly type: "send.succeeded";
  /** Milliseconds it took, with uploads, waits and retries. */
  readonly durationMs: number;
  /** The HTTP status. */
  readonly httpStatus: number;
  /** Files of the event. */
  readonly files: number;
  /** Requests that were made for it, those of its files and retries among them. */
  readonly requests: number;
}

/** An event, or a file of it, could not be sent. */
export interface SendFailed extends SendMember {
  /** What happened. */
  readonly type: "send.failed";
  /** Milliseconds it took, with uploads, waits and retries. */
  readonly durationMs: number;
  /** The HTTP status; 0 when there was no answer. */
  readonly httpStatus: number;
  /** What failed: reading a file, asking where to put it, putting it there, sending the event, or none of them. */
  readonly step: "file" | "upload_url" | "upload" | "event" | "send";
  /** The platform's own code, or one such as `http.network`; `null` when there is none. */
  readonly errorKey: string | null;
  /** What the other side calls the request; `null` when it did not say. */
  readonly requestId: string | null;
  /** Requests that were made for it, those of its files and retries among them. */
  readonly requests: number;
  /** What it failed with. */
  readonly error: ErrorNote;
}

/** A request failed and is made again now. */
export interface SendRetried extends SendMember {
  /** What happened. */
  readonly type: "send.retried";
  /** What the request is for. */
  readonly step: "upload_url" | "upload" | "event";
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  /** What it was answered; 0 when there was no answer. */
  readonly httpStatus: number;
}

/** A file is with the platform. */
export interface FileUploaded extends SendMember {
  /** What happened. */
  readonly type: "file.uploaded";
  /** Its place among the files of the event, from 0. */
  readonly file: number;
  /** What the platform calls it. */
  readonly asset: string;
  /** Its length in bytes. */
  readonly bytes: number;
  /** Milliseconds it took, with waits and retries. */
  readonly durationMs: number;
}

/** A file that is being uploaded begins as one of another media type does. It is uploaded all the same. */
export interface FileTypeDiffers extends SendMember {
  /** What happened. */
  readonly type: "file.type_differs";
  /** Its place among the files of the event, from 0. */
  readonly file: number;
  /** The media type that it is uploaded with. */
  readonly declared: string;
  /** The media type that its first bytes tell. */
  readonly found: string;
}

/** What a client of FlowFlex tells. */
export type FlowFlexEvent =
  & {
    /** Where it happened. */
    readonly source: "flowflex";
  }
  & (
    | WorkEvent
    | SendKept
    | SendSucceeded
    | SendFailed
    | SendRetried
    | FileUploaded
    | FileTypeDiffers
  );

/**
 * Everything that Sluice tells, by `source` and `type`.
 *
 * An event holds ids, names, counts, durations, status codes, and class and code of errors; never data, never the
 * message of an error, never a secret or the query of a URL. What changes the store is told after its commit. Each is
 * told at most once, and those of a process that dies may be lost: the store is what counts, and an event is news of it.
 */
export type SluiceEvent =
  | PumpEvent
  | InboxEvent
  | DeliveryEvent
  | IntegrationEvent
  | FlowFlexEvent;
