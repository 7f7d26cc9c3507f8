/** A value that JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Something that happened, to be told to subscribers. */
export interface OutboundEvent {
  /** `noun.verb`, such as `invoice.paid`. */
  readonly name: string;
  /** What subscribers are told: at most 256 KiB as JSON with the rest, and 1,000 levels of nesting. */
  readonly data: JsonValue;
  /**
   * Where in the tree it happened; subscriptions here and above hear of it.
   *
   * @default {"/"}
   */
  readonly scope?: string;
  /**
   * Identifies it towards receivers, who get it as `webhook-id`; letters, digits, `_` and `-`, at most 128. Made by
   * default. With one of your own, the same event is not emitted twice.
   */
  readonly id?: string;
  /** When it happened, in milliseconds since 1970. Default is now. */
  readonly time?: number;
  /** The principal that made it happen; asked for permission besides the owner. */
  readonly actor?: string;
  /** What it is about, such as `invoice/42`: the unit of order for ordered subscriptions. */
  readonly entity?: string;
}

/** An event as dialects and permission checks see it. */
export interface EmittedEvent {
  /** Identifies it: the `webhook-id` of each of its requests. */
  readonly id: string;
  /** `noun.verb`. */
  readonly name: string;
  /** Where in the tree it happened. */
  readonly scope: string;
  /** When it happened, in milliseconds since 1970. */
  readonly time: number;
  /** The principal that made it happen; `null` when none was given. */
  readonly actor: string | null;
  /** What it is about; `null` when none was given. */
  readonly entity: string | null;
  /** What subscribers are told. */
  readonly data: JsonValue;
}
