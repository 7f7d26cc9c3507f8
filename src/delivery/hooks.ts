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

/** Something that a sender did, told once it is durable. Holds no data and no secret. */
export interface DeliveryHook {
  /** What happened. */
  readonly type:
    | "created"
    | "succeeded"
    | "failed"
    | "exhausted"
    | "skipped"
    | "disabled"
    | "recovered";
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** Which subscription. */
  readonly subscription: string;
  /** Which event; `null` when it concerns the subscription as a whole. */
  readonly event: string | null;
  /** Number of the attempt, 0 when there was none. */
  readonly attempt: number;
  /** The HTTP status; 0 when there was no answer. */
  readonly httpStatus: number;
  /** Why, in a few words. */
  readonly message: string;
}

/** Is told what happens. What it throws is counted in the report and changes nothing. */
export type OnDeliveryHook = (hook: DeliveryHook) => void | Promise<void>;
