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
