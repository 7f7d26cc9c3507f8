import { assert, assertEquals } from "@std/assert";
import {
  ApiError,
  AuthError,
  ConfigError,
  DecryptError,
  DeliveryError,
  isSluiceError,
  KvError,
  RateLimitError,
  SluiceError,
  UploadError,
  ValidationError,
  WebhookError,
} from "../src/errors.ts";

for (
  const [error, name, code, retryable] of [
    [new ConfigError("Cannot a"), "ConfigError", "config", false],
    [new AuthError("Cannot a"), "AuthError", "auth", false],
    [new AuthError("Cannot a", { retryable: true }), "AuthError", "auth", true],
    [new ApiError({ status: 404 }), "ApiError", "api", false],
    [new ApiError({ status: 503, retryable: true }), "ApiError", "api", true],
    [
      new RateLimitError({ retryAfter: null }),
      "RateLimitError",
      "rate_limited",
      true,
    ],
    [new DecryptError("Cannot a"), "DecryptError", "decrypt", false],
    [new WebhookError("Cannot a"), "WebhookError", "webhook", false],
    [new KvError("Cannot a"), "KvError", "kv", false],
    [new DeliveryError("Cannot a"), "DeliveryError", "delivery", false],
    [
      new DeliveryError("Cannot a", { retryable: true }),
      "DeliveryError",
      "delivery",
      true,
    ],
    [new KvError("Cannot a", { retryable: true }), "KvError", "kv", true],
    [
      new ValidationError("Cannot a", { field: "b" }),
      "ValidationError",
      "validation",
      false,
    ],
    [
      new UploadError("Cannot a", { step: "event" }),
      "UploadError",
      "upload",
      false,
    ],
    [
      new UploadError("Cannot a", { step: "upload", retryable: true }),
      "UploadError",
      "upload",
      true,
    ],
  ] as const
) {
  Deno.test(`${name} has its name, its code and retryable ${retryable}`, () => {
    assertEquals(
      [error.name, error.code, error.retryable],
      [name, code, retryable],
    );
    assert(error instanceof SluiceError && error instanceof Error);
    assert(isSluiceError(error));
    assert(`${error}`.startsWith(`${name}: `));
    assertEquals("cause" in error, false);
  });
}

Deno.test("isSluiceError() is false for whatever is not ours", () => {
  const alike = { name: "ApiError", code: "api", retryable: false };
  for (
    const other of [new Error("a"), new TypeError("a"), alike, null, "api"]
  ) {
    assertEquals(isSluiceError(other), false);
  }
});

for (
  const [init, message] of [
    [{ status: 0 }, "No answer"],
    [{ status: 500 }, "HTTP 500"],
    [{ status: 410, errorKey: "a.b" }, "HTTP 410 (a.b)"],
    [{ status: 410, apiMessage: "gone" }, "HTTP 410: gone"],
    [
      { status: 410, errorKey: "a.b", apiMessage: "gone" },
      "HTTP 410 (a.b): gone",
    ],
    [
      { status: 0, errorKey: "http.network", apiMessage: "Cannot reach x" },
      "No answer (http.network): Cannot reach x",
    ],
    [{ status: 500, errorKey: null, apiMessage: "" }, "HTTP 500"],
  ] as const
) {
  Deno.test(`ApiError says "${message}"`, () => {
    assertEquals(new ApiError(init).message, message);
  });
}

Deno.test("ApiError carries what the platform said, and null or nothing where it said nothing", () => {
  const details = { content_sha256: "00" };
  const full = new ApiError({
    status: 410,
    errorKey: "a.b",
    apiMessage: "gone",
    details,
    cause: 1,
  });
  assertEquals(
    [full.status, full.errorKey, full.apiMessage, full.details, full.cause],
    [410, "a.b", "gone", details, 1],
  );
  const bare = new ApiError({ status: 500 });
  assertEquals([bare.errorKey, bare.apiMessage, bare.details], [
    null,
    null,
    {},
  ]);
});

Deno.test("RateLimitError is an ApiError with status 429 and the time to wait", () => {
  const error = new RateLimitError({ errorKey: "rate.limited", retryAfter: 7 });
  assert(error instanceof ApiError);
  assertEquals(
    [error.status, error.retryAfter, error.message],
    [429, 7, "HTTP 429 (rate.limited)"],
  );
});

Deno.test("AuthError carries status, key and time to wait, with 0 and null by default", () => {
  const full = new AuthError("Cannot a", {
    status: 401,
    errorKey: "oauth.bad_client",
    retryAfter: 3,
  });
  assertEquals(
    [full.status, full.errorKey, full.retryAfter],
    [401, "oauth.bad_client", 3],
  );
  const bare = new AuthError("Cannot a");
  assertEquals([bare.status, bare.errorKey, bare.retryAfter], [0, null, null]);
});

Deno.test("ConfigError, KvError and ValidationError carry what they are about", () => {
  const problems = [{ field: "a", message: "missing" }];
  assertEquals(new ConfigError("Cannot a", { problems }).problems, problems);
  assertEquals(new ConfigError("Cannot a").problems, []);
  const kv = new KvError("Cannot a", { outcomeUnknown: true, cause: "b" });
  assertEquals([kv.outcomeUnknown, kv.cause], [true, "b"]);
  assertEquals(new KvError("Cannot a").outcomeUnknown, false);
  assertEquals(new ValidationError("Cannot a", { field: "b" }).field, "b");
});

Deno.test("UploadError carries the step, the answer and what finishes the send, with 0 and null by default", () => {
  const resume = { event: "a", idempotencyKey: "k", digest: "d", assets: [] };
  const full = new UploadError("Cannot a", {
    step: "event",
    status: 429,
    errorKey: "TOO_MANY",
    retryAfter: 3,
    filename: "a.pdf",
    resume,
    cause: 1,
  });
  assertEquals(
    [full.step, full.status, full.errorKey, full.retryAfter, full.filename],
    ["event", 429, "TOO_MANY", 3, "a.pdf"],
  );
  assertEquals([full.resume, full.cause], [resume, 1]);
  const bare = new UploadError("Cannot a", { step: "file" });
  assertEquals(
    [bare.status, bare.errorKey, bare.retryAfter, bare.filename, bare.resume],
    [0, null, null, null, null],
  );
});
