/** What became of a delivery. */
export type DeliveryStatus =
  /** Waits for its time, its turn or its endpoint. */
  | "pending"
  /** The receiver answered 2xx. */
  | "succeeded"
  /** No attempt is left. */
  | "failed"
  /** The owner or the acting user may not. */
  | "denied"
  /** The owner, the acting user or the permission does not exist. */
  | "missing"
  /** Not kept: too many were held, or it grew too old. */
  | "dropped";

/** One attempt to deliver. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds it took. */
  readonly tookMs: number;
  /** `"200 OK"`, or why there was no answer. */
  readonly message: string;
  /** What was sent; `null` when nothing was. */
  readonly request: AttemptRequest | null;
  /** What came back; `null` when nothing did. */
  readonly response: AttemptResponse | null;
}

/** What was sent, without what must not be kept. */
export interface AttemptRequest {
  /** The method. */
  readonly method: string;
  /** The target without its query. */
  readonly url: string;
  /** Headers; credentials and signatures read `[redacted]`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body. The event itself is kept for thirty days, sealed, and gives the same body again. */
  readonly bodyBytes: number;
}

/** What came back, cut to size. */
export interface AttemptResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Headers; cookies and credentials read `[redacted]`, at most 32 are kept. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first bytes of the body as text. */
  readonly body: string;
  /** Whether there was more. */
  readonly truncated: boolean;
}

/** One event's way to one subscriber. */
export interface Delivery {
  /** The subscription. */
  readonly subscription: string;
  /** The event's id: the `webhook-id`. */
  readonly event: string;
  /** The event's name. */
  readonly name: string;
  /** When the event was emitted, in milliseconds since 1970. */
  readonly emittedAt: number;
  /** What became of it. */
  readonly status: DeliveryStatus;
  /** Why. */
  readonly message: string;
  /** Whether an event or a replay asked for it. */
  readonly trigger: "event" | "replay";
  /** When the next attempt is due; `null` when there is none. */
  readonly dueAt: number | null;
  /** When it ended; `null` while it is pending. */
  readonly endedAt: number | null;
  /** Attempts that were made. */
  readonly attempts: number;
  /** The last of them, oldest first; at most five. */
  readonly lastAttempts: readonly Attempt[];
}
