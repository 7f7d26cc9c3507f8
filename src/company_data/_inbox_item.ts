import { fromBase64, toBase64 } from "../_internal/base64.ts";
import { type Bytes, decodeUtf8, encodeUtf8 } from "../_internal/bytes.ts";
import { isObject, type JsonObject } from "../_internal/json.ts";
import type { FeedItem } from "./_page.ts";
import { type VerifiedDelivery, WEBHOOK_ID } from "./_webhook_auth.ts";
import { parseFlatJson } from "./_webhook_body.ts";

/** A delivery as it is kept: the body to the byte, as text or, where it is none, as base64. */
export type KeptDelivery =
  & { readonly webhookId: string | null; readonly eventHeader: string | null }
  & ({ readonly text: string } | { readonly base64: string });

/** What lies in an inbox: a delivery, or a row of a backlog that was drained into it. */
export type InboxItem = KeptDelivery | FeedItem;

// A longer one says nothing that we know.
const LONGEST_HEADER = 256;

/** What is kept of a delivery besides its body. */
export function deliveryMeta(
  { header, eventHeader }: VerifiedDelivery,
): JsonObject {
  return {
    items: 1,
    webhook: shortHeader(header(WEBHOOK_ID)),
    event: shortHeader(eventHeader),
  };
}

/** The item that stands for a stored delivery. */
export function deliveryItem(body: Bytes, meta: JsonObject): KeptDelivery {
  const { webhook, event } = meta as { webhook?: string; event?: string };
  return {
    ...keptBody(body),
    webhookId: webhook ?? null,
    eventHeader: event ?? null,
  };
}

/** The bytes of a kept delivery. */
export function bodyOf(kept: KeptDelivery): Bytes {
  if ("text" in kept) return encodeUtf8(kept.text);
  return fromBase64(kept.base64) ?? new Uint8Array();
}

/** What users see of an item that was given up: the object that came, or whatever came instead. */
export function wireOf(item: InboxItem): unknown {
  if ("row" in item) return item.row;
  if ("raw" in item) return item.raw;
  if ("base64" in item) return { base64: item.base64 };
  const value = parseFlatJson(item.text);
  return isObject(value) ? value : item.text;
}

function keptBody(body: Bytes): { text: string } | { base64: string } {
  try {
    return { text: decodeUtf8(body) };
  } catch {
    return { base64: toBase64(body) };
  }
}

function shortHeader(value: string | null | undefined): string | null {
  return value != null && value.length <= LONGEST_HEADER ? value : null;
}
