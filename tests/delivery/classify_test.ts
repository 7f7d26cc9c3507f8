import { assertEquals } from "@std/assert";
import {
  classifyAnswer,
  failureText,
} from "../../src/delivery/run/_classify.ts";
import { ApiError, ValidationError } from "../../src/errors.ts";

const NOW = Date.UTC(2026, 5, 1, 12);
const URL_ASKED = new URL("https://hooks.example.com/in?token=planted");

function classify(
  status: number,
  headers: Record<string, string> = {},
): ReturnType<typeof classifyAnswer> {
  const answer = { status, headers: new Headers(headers) };
  return classifyAnswer(answer, { url: URL_ASKED, now: NOW });
}

Deno.test("classifyAnswer() takes 2xx alone for success", () => {
  for (let status = 200; status < 600; status++) {
    const { kind } = classify(status);
    const wanted = status < 300
      ? "succeeded"
      : status === 410
      ? "gone"
      : "failed";
    assertEquals([status, kind], [status, wanted]);
  }
  assertEquals(classify(0).kind, "failed");
});

Deno.test("classifyAnswer() knows who has more than it can do", () => {
  const throttled = [];
  for (let status = 200; status < 600; status++) {
    if (classify(status).throttled) throttled.push(status);
  }
  assertEquals(throttled, [429, 502, 503, 504]);
});

Deno.test("classifyAnswer() names the status", () => {
  const messages = [200, 204, 304, 404, 410, 429, 503, 299, 599].map((status) =>
    classify(status).message
  );
  assertEquals(messages, [
    "200 OK",
    "204 No Content",
    "304 Not Modified",
    "404 Not Found",
    "410 Gone",
    "429 Too Many Requests",
    "503 Service Unavailable",
    "299",
    "599",
  ]);
});

Deno.test("classifyAnswer() tells where a redirect leads, without what may be secret", () => {
  const cases: [string | undefined, string][] = [
    [
      "https://www.example.com/in?token=planted#planted",
      "308, redirect to https://www.example.com/in not followed",
    ],
    [
      "https://user:planted@example.com:8443/a",
      "308, redirect to https://example.com:8443/a not followed",
    ],
    ["/in/", "308, redirect to https://hooks.example.com/in/ not followed"],
    ["javascript:alert(1)", "308, redirect not followed"],
    ["https://[", "308, redirect not followed"],
    [undefined, "308, redirect not followed"],
  ];
  for (const [location, wanted] of cases) {
    const headers = location === undefined ? {} : { location };
    assertEquals(classify(308, headers).message, wanted);
  }
  const { message } = classify(301, { location: `/${"a".repeat(5000)}` });
  assertEquals(message.length < 400, true);
  assertEquals(classify(0).message, "Redirect not followed");
});

Deno.test("classifyAnswer() reads Retry-After of a failure in both forms", () => {
  const cases: [number, string, number | null][] = [
    [503, "120", 120_000],
    [429, "0", 0],
    [500, new Date(NOW + 90_000).toUTCString(), 90_000],
    [503, new Date(NOW - 90_000).toUTCString(), 0],
    [503, "soon", null],
    [503, "-5", null],
    [503, "9".repeat(40), null],
    [200, "120", null],
    [410, "120", null],
  ];
  for (const [status, text, wanted] of cases) {
    const { retryAfterMs } = classify(status, { "retry-after": text });
    assertEquals(retryAfterMs, wanted, `${status} ${text}`);
  }
  assertEquals(classify(503).retryAfterMs, null);
});

Deno.test("failureText() says where it failed and repeats no error of others", () => {
  const planted = new Error("planted");
  const refused = new ValidationError(
    "Cannot use to: wanted a host of the public internet",
    { field: "to" },
  );
  const unknown = new ApiError({ status: 0, errorKey: "http.no_address" });
  const silent = new ApiError({ status: 0, errorKey: "http.dns" });
  assertEquals(
    [
      failureText(planted, "permission"),
      failureText(refused, "target"),
      failureText(unknown, "target"),
      failureText(silent, "target"),
      failureText(planted, "target"),
      failureText(planted, "dialect"),
      failureText(planted, "signature"),
      failureText(planted, "send"),
    ],
    [
      "Permission check failed",
      "Target refused: wanted a host of the public internet",
      "Target not found: its host has no address",
      "Target not found: the DNS gave no answer",
      "Target not found: the DNS gave no answer",
      "Dialect failed",
      "Signing failed",
      "Connection failed",
    ],
  );
});
