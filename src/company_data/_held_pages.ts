import type { Bytes } from "../_internal/bytes.ts";
import type { JsonObject } from "../_internal/json.ts";

/** A page as it came, with what is needed to split it. */
export interface Page {
  readonly body: Bytes;
  readonly meta: JsonObject;
}

/**
 * The pages that are in memory only, because the store failed: by the webhook whose backlog they are of, and by `""`
 * for the feed. They outlive the store that failed.
 */
export type HeldPages = Map<string, Page>;

/** How many bytes are held. */
export function bytesHeld(pages: HeldPages): number {
  let bytes = 0;
  for (const { body } of pages.values()) bytes += body.length;
  return bytes;
}
