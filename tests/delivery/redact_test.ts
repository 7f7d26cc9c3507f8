import { assert, assertEquals, assertFalse } from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import { type Bytes, encodeUtf8 } from "../../src/_internal/bytes.ts";
import {
  MOST_ANSWER_BYTES,
  recordRequest,
  recordResponse,
  scrubOf,
} from "../../src/delivery/run/_redact.ts";
import type { Sealed } from "../../src/delivery/_rows.ts";
import type { AttemptResponse } from "../../src/delivery/delivery.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BASIC = toBase64(encodeUtf8("user:planted-password"));
const SEALED: Sealed = {
  secrets: [{ secret: SECRET, until: null }],
  headers: {
    authorization: "Bearer planted/token+1",
    "x-pair": `Basic ${BASIC}`,
  },
};

function recorded(
  body: string | Bytes,
  { status = 200, headers = {}, broken = false }: {
    status?: number;
    headers?: Record<string, string>;
    broken?: false | "cut_off" | "too_long";
  } = {},
): AttemptResponse {
  const bytes = typeof body === "string" ? encodeUtf8(body) : body;
  const answer = { status, headers: new Headers(headers), body: bytes, broken };
  return recordResponse(answer, scrubOf(SEALED));
}

Deno.test("recordRequest() keeps neither query nor body nor headers of others", () => {
  const body = encodeUtf8('{"planted":1}');
  const headers = {
    "content-type": "application/json",
    "user-agent": "Sluice/1",
    "webhook-id": "evt_1",
    "webhook-timestamp": "1",
    "webhook-attempt": "2",
    "webhook-signature": "v1,planted",
    authorization: "planted",
    cookie: "planted",
    "x-own": "planted",
  };
  const url = new URL("https://example.com:8443/a/b?key=planted");
  const record = recordRequest({ method: "PUT", headers, body }, url);
  assertEquals(record, {
    method: "PUT",
    url: "https://example.com:8443/a/b",
    headers: {
      "content-type": "application/json",
      "user-agent": "Sluice/1",
      "webhook-id": "evt_1",
      "webhook-timestamp": "1",
      "webhook-attempt": "2",
      "webhook-signature": "[redacted]",
      authorization: "[redacted]",
      cookie: "[redacted]",
      "x-own": "[redacted]",
    },
    bodyBytes: 13,
  });
});

Deno.test("recordResponse() keeps a short answer as it is", () => {
  const headers = { "content-type": "text/plain", "x-request-id": "r-1" };
  assertEquals(recorded("thank you", { status: 202, headers }), {
    status: 202,
    headers,
    body: "thank you",
    truncated: false,
  });
  assertEquals(recorded("").body, "");
});

Deno.test("recordResponse() hides what a receiver hands out", () => {
  const names = [
    "set-cookie",
    "www-authenticate",
    "x-api-key",
    "x-csrf-token",
    "session-id",
  ];
  const headers = Object.fromEntries(names.map((name) => [name, "planted"]));
  const kept = recorded("", { headers }).headers;
  assertEquals(Object.values(kept), names.map(() => "[redacted]"));
});

Deno.test("recordResponse() hides what a receiver repeats of the request, in whatever form", () => {
  const secrets = [
    SECRET,
    SECRET.slice("whsec_".length),
    "Bearer planted/token+1",
    "planted/token+1",
    "planted%2Ftoken%2B1",
    "planted\\/token+1",
    BASIC,
    "planted-password",
  ];
  for (const secret of secrets) {
    const { body, headers } = recorded(`{"echo":"${secret}"}`, {
      headers: { "x-one": "1", "x-echo": `got ${secret}`, "x-two": "2" },
    });
    const text = JSON.stringify([body, headers]);
    assert(body.startsWith('{"echo":"'), secret);
    assertEquals([headers["x-one"], headers["x-two"]], ["1", "2"]);
    assertFalse(/planted|MfKQ9r8GK/.test(text), secret);
    assertFalse(text.includes(BASIC), secret);
  }
});

Deno.test("recordResponse() hides the queries of addresses", () => {
  const { body } = recorded("see https://example.com/a?signature=planted");
  assertEquals(body, "see https://example.com/a?[redacted]");
});

Deno.test("recordResponse() keeps the first 2 KiB and says that there was more", () => {
  const long = recorded("x".repeat(2049));
  assertEquals([long.body.length, long.truncated], [2048, true]);
  const whole = recorded("x".repeat(2048));
  assertEquals([whole.body.length, whole.truncated], [2048, false]);
  assertEquals(recorded("x", { broken: "cut_off" }).truncated, true);
  assertEquals(recorded("x", { broken: "too_long" }).truncated, true);
});

Deno.test("recordResponse() cuts between characters, and no secret in two", () => {
  const { body } = recorded(`x${"é".repeat(2000)}`);
  assertEquals([body.length, body.includes("\uFFFD")], [1024, false]);
  const straddling = recorded(`${"x".repeat(2040)}${SECRET}`).body;
  assertFalse(straddling.includes("whsec"));
  assert(MOST_ANSWER_BYTES >= 2048 + 8192);
});

Deno.test("recordResponse() bounds number and length of headers", () => {
  const many = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`x-${i}`, "y".repeat(5000)]),
  );
  const { headers } = recorded("", { headers: many });
  assertEquals(Object.keys(headers).length, 32);
  assert(Object.values(headers).every((value) => value.length === 256));
});

Deno.test("recordResponse() reads a body of no text without failing", () => {
  const { body } = recorded(Uint8Array.of(0xff, 0x00, 0x41));
  assertEquals(body, "\uFFFD\u0000A");
});
