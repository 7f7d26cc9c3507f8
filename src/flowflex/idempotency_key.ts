import { encodeUtf8, toHex } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";
import { assertHeaderText } from "./_header_text.ts";

/**
 * Makes the same key for the same business event each time, so that also a call of another process, days later, counts
 * as a repeat.
 *
 * The key is the SHA-256 digest of both texts in hexadecimal digits. How long the platform remembers keys is its own
 * affair.
 *
 * @example
 * ```ts
 * import { deriveIdempotencyKey } from "@sluice/edge/flowflex";
 *
 * const key = await deriveIdempotencyKey("invoice.ready", "invoice-42");
 * console.log(key.length); // 64
 * ```
 *
 * @param event The event.
 * @param businessId What it is about, such as the number of an invoice.
 * @returns The key.
 * @throws {TypeError} When either is empty, or the event cannot stand in a header.
 */
export async function deriveIdempotencyKey(
  event: string,
  businessId: string,
): Promise<string> {
  assertHeaderText(event, "event");
  if (typeof businessId !== "string" || businessId === "") {
    throw new TypeError(
      "Cannot use businessId: wanted a text that is not empty",
    );
  }
  const text = JSON.stringify([event, businessId]);
  return toHex(await sha256(encodeUtf8(text)));
}
