import { encodeUtf8, toHex } from "../../src/_internal/bytes.ts";
import { hmacSha256 } from "../../src/_internal/hmac.ts";
import { SECRET, WEBHOOK_ID } from "./_child.ts";

const BODY_BYTES = 2_048;

/** Signed deliveries of 2 KB, each a whole HTTP request; `n` in its body tells them apart. */
export async function makeDeliveries(
  count: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const mac = hmacSha256(encodeUtf8(SECRET));
  const deliveries: Uint8Array<ArrayBuffer>[] = [];
  for (let n = 0; n < count; n++) {
    const body = bodyOf(n);
    const signature = toHex(await mac.sign(encodeUtf8(body)));
    deliveries.push(encodeUtf8(requestOf(body, signature)));
  }
  return deliveries;
}

function bodyOf(n: number): string {
  const row = {
    id: crypto.randomUUID(),
    event: "consent_accepted",
    person_user_id: `person-${n % 50}`,
    slug: "email",
    at: "2026-01-01T00:00:00Z",
    n,
    filling: "",
  };
  const filling = "x".repeat(BODY_BYTES - JSON.stringify(row).length);
  return JSON.stringify({ ...row, filling });
}

function requestOf(body: string, signature: string): string {
  return [
    "POST /webhook HTTP/1.1",
    "host: 127.0.0.1",
    "content-type: application/json",
    `content-length: ${body.length}`, // all of it is ASCII
    `x-allus-webhook-id: ${WEBHOOK_ID}`,
    `x-allus-signature: ${signature}`,
    "x-allus-event: consent_accepted",
    "",
    body,
  ].join("\r\n");
}
