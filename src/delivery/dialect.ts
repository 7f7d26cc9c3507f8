import type { Bytes } from "../_internal/bytes.ts";
import type { EmittedEvent, JsonValue } from "./event.ts";
import type { Subscription } from "./subscription.ts";

/** What a dialect works from. The event is frozen: it is that of all its subscribers. */
export interface DialectContext {
  /** What happened. */
  readonly event: EmittedEvent;
  /** Who is told. */
  readonly subscription: Subscription;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/**
 * Shapes the requests of a subscription. Runs at each attempt, long after the commit: it must give the same body for
 * the same event, and one that throws fails its attempt and nothing else.
 */
export interface Dialect {
  /** The name that subscriptions use. */
  readonly name: string;
  /**
   * The HTTP method.
   *
   * @default {"POST"}
   */
  readonly method?: "POST" | "PUT" | "PATCH";
  /**
   * The content type.
   *
   * @default {"application/json"}
   */
  readonly contentType?: string;
  /** Headers besides the content type, the signature and those of the subscription. */
  headers?(context: DialectContext): Readonly<Record<string, string>>;
  /** Turns the event's data into the payload; the data itself by default. The first that gives anything is taken. */
  readonly payloads?: readonly ((
    context: DialectContext,
  ) => JsonValue | undefined)[];
  /** The body. Default is the payload as JSON. */
  body?(payload: JsonValue, context: DialectContext): string | Bytes;
  /**
   * Whether requests carry the signature of Standard Webhooks.
   *
   * @default {true}
   */
  readonly signed?: boolean;
  /**
   * What a 410 does to the subscription.
   *
   * @default {"disable"}
   */
  readonly onGone?: "disable" | "remove";
}
