import { assert, assertEquals, assertThrows } from "@std/assert";
import { withoutShapes } from "../../src/observe/_redact_text.ts";
import { jsonLogger, type JsonLoggerOptions } from "../../src/observe/mod.ts";

function lines(
  options: JsonLoggerOptions = {},
): { lines: string[]; logger: ReturnType<typeof jsonLogger> } {
  const lines: string[] = [];
  const logger = jsonLogger({
    write: (line) => void lines.push(line),
    now: () => 0,
    ...options,
  });
  return { lines, logger };
}

/** Logs one value under a name that says nothing, and gives it back as it was written. */
function logged(value: unknown, name = "fact"): unknown {
  const { lines: written, logger } = lines();
  logger.info("m", { [name]: value } as never);
  assertEquals(written.length, 1);
  return JSON.parse(written[0] ?? "")[name];
}

Deno.test("jsonLogger() writes one line of JSON with time, level, message and fields", () => {
  const { lines: written, logger } = lines();
  logger.info("Run ended\nhere", { delivered: 3, stopped: null, ok: true });
  logger.warn("Look");
  assertEquals(written, [
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"Run ended\\nhere","delivered":3,"stopped":null,"ok":true}',
    '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"Look"}',
  ]);
});

Deno.test("jsonLogger() writes warnings alone when the level is warn", () => {
  const { lines: written, logger } = lines({ level: "warn" });
  logger.info("no");
  logger.warn("yes");
  assertEquals(written.length, 1);
});

Deno.test("jsonLogger() keeps its own members when fields have their names", () => {
  const { lines: written, logger } = lines();
  logger.info("m", { time: 1, level: "high", message: "other" });
  const entry = JSON.parse(written[0] ?? "");
  assertEquals(entry, {
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    message: "m",
    "fields.time": 1,
    "fields.level": "high",
    "fields.message": "other",
  });
});

Deno.test("jsonLogger() redacts fields whose name says that they are secret", () => {
  const names = [
    "authorization",
    "Proxy-Authorization",
    "auth",
    "cookie",
    "Set-Cookie",
    "clientSecret",
    "access_token",
    "apiKey",
    "api-key",
    "password",
    "PASSWD",
    "key_passphrase",
    "credentials",
    "signature",
    "session_id",
    "private_pem",
  ];
  for (const name of names) {
    assertEquals(logged("planted", name), "[redacted]", name);
    assertEquals(logged(1234, name), "[redacted]", name);
    assertEquals(logged({ a: "planted" }, name), "[redacted]", name);
    assertEquals(logged(null, name), null, name);
    assertEquals(logged(true, name), true, name);
  }
  assertEquals(logged({ deep: [{ token: "planted" }] }), {
    deep: [{ token: "[redacted]" }],
  });
});

Deno.test("jsonLogger() redacts the fields that it was told to, whatever the case and the separators", () => {
  const { lines: written, logger } = lines({ redact: ["eMail", "birth-date"] });
  logger.info("m", { user_email: "a", BirthDate: "b", name: "c" });
  const entry = JSON.parse(written[0] ?? "");
  assertEquals(
    [entry["user_email"], entry["BirthDate"], entry["name"]],
    ["[redacted]", "[redacted]", "c"],
  );
});

Deno.test("jsonLogger() redacts what has the shape of a secret in messages, fields and errors", () => {
  const pem =
    "-----BEGIN PRIVATE KEY-----\nMIIplanted\n-----END PRIVATE KEY-----";
  const shapes: [text: string, shown: string][] = [
    ["sent Bearer planted.token~x=", "sent Bearer [redacted]"],
    ["sent Basic cGxhbnRlZDp4", "sent Basic [redacted]"],
    ["uses whsec_cGxhbnRlZA==", "uses [redacted]"],
    ["uses whsk_cGxhbnRlZA==", "uses [redacted]"],
    ["uses seal_cGxh/nRl+planted==", "uses [redacted]"],
    ["uses cisk_cGxhbnRlZA", "uses [redacted]"],
    [`key ${pem} end`, "key [redacted] end"],
    ["cut -----BEGIN RSA PRIVATE KEY-----\nMIIplanted", "cut [redacted]"],
    ["jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.planted_-", "jwt [redacted]"],
    [
      "put https://s3.example/f?X-Amz-Signature=planted&x=1",
      "put https://s3.example/f?[redacted]",
    ],
    ["at /files/f?sig=planted", "at /files/f?[redacted]"],
    [
      "postgres://anna:planted@db.example/x",
      "postgres://[redacted]@db.example/x",
    ],
    ["password=planted next", "password=[redacted] next"],
    [
      '{"client_secret":"planted","a":1}',
      '{"client_secret":"[redacted]","a":1}',
    ],
    ["sk_live_planted", "[redacted]"],
    [
      '{"passphrase":"planted horse, planted;staple","a":"b c"}',
      '{"passphrase":"[redacted]","a":"b c"}',
    ],
    [
      `{"password" : "planted\\" planted\\\\\\" planted" , "a": 1}`,
      '{"password" : "[redacted]" , "a": 1}',
    ],
    [
      `password='planted "planted" planted' next`,
      "password='[redacted]' next",
    ],
    ['secret="planted planted', 'secret="[redacted]"'],
    [
      '{"token":"","password":"planted"}',
      '{"token":"","password":"[redacted]"}',
    ],
    [
      JSON.stringify({ a: JSON.stringify({ token: "planted x", b: "y" }) }),
      String.raw`{"a":"{\"token\":\"[redacted]\",\"b\":\"y\"}"}`,
    ],
    [
      JSON.stringify(JSON.stringify({ token: 'planted " planted', b: "" })),
      String.raw`"{\"token\":\"[redacted]\",\"b\":\"\"}"`,
    ],
    [
      JSON.stringify(JSON.stringify(JSON.stringify({ token: "planted x" }))),
      String.raw`"\"{\\\"token\\\":\\\"[redacted]\\\"}\""`,
    ],
    [
      JSON.stringify(JSON.stringify({ token: "", a: "b" })),
      String.raw`"{\"token\":\"\",\"a\":\"b\"}"`,
    ],
  ];
  for (const [text, shown] of shapes) {
    assertEquals(logged(text), shown);
    const { lines: written, logger } = lines();
    logger.warn(text, { error: new Error(text) } as never);
    const entry = JSON.parse(written[0] ?? "");
    assertEquals([entry.message, entry.error.message], [shown, shown]);
    assert(!written.join().includes("planted"), written.join());
  }
});

Deno.test("jsonLogger() leaves plain words alone", () => {
  for (
    const text of [
      "Cannot use token: wanted a text",
      "https://a.example/path",
      "basic facts",
      "3 of 4 (75%)",
      "2026-06-17T12:00:00Z",
    ]
  ) {
    assertEquals(logged(text), text);
  }
});

Deno.test("jsonLogger() never throws, whatever it is given", () => {
  const circle: Record<string, unknown> = { n: 1 };
  circle["self"] = circle;
  assertEquals(logged(circle), { n: 1, self: "[circular]" });
  assertEquals(logged(12n), "12");
  assertEquals(logged(NaN), "NaN");
  assertEquals(logged(undefined), undefined);
  assertEquals(logged(Symbol("x")), "[symbol]");
  assertEquals(logged(() => 1), "[function]");
  assertEquals(logged(new Uint8Array(3)), "[3 bytes]");
  assertEquals(logged(new Date(0)), "1970-01-01T00:00:00.000Z");
  assertEquals(logged(new Date(NaN)), null);
  assertEquals(
    logged({
      get bad(): string {
        throw new Error("planted");
      },
    }),
    { bad: "[unreadable]" },
  );
  assertEquals(
    logged({
      toJSON(): string {
        throw new Error("planted");
      },
    }),
    "[unreadable]",
  );
  const hostile = new Proxy({}, {
    ownKeys(): string[] {
      throw new Error("planted");
    },
  });
  assertEquals(logged(hostile), "[unreadable]");
  assertEquals(logged(JSON.parse('{"__proto__":{"a":1}}')), {
    ["__proto__"]: { a: 1 },
  });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assertEquals(logged(proxy), "[unreadable]");
});

Deno.test("jsonLogger() bounds what it writes", () => {
  const nested = JSON.parse(`${'{"a":'.repeat(20)}1${"}".repeat(20)}`);
  assert(JSON.stringify(logged(nested)).includes("[deep]"));
  assertEquals(logged("x".repeat(5_000)), `${"x".repeat(1_000)}[cut]`);
  assertEquals((logged(Array(1_000).fill(1)) as unknown[]).length, 200);
  const many = Object.fromEntries(
    Array.from({ length: 150 }, (_, i) => [`f${i}`, "y".repeat(900)]),
  );
  const { lines: written, logger } = lines();
  logger.info("m", many);
  assertEquals(JSON.parse(written[0] ?? ""), {
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    message: "m",
    cut: true,
  });
});

Deno.test("jsonLogger() drops what write throws or rejects with", () => {
  for (
    const write of [
      (): never => {
        throw new Error("disk full");
      },
      () => Promise.reject(new Error("disk full")),
    ]
  ) {
    jsonLogger({ write }).info("m");
  }
  jsonLogger({ now: () => NaN }).info("m");
});

Deno.test("jsonLogger() refuses options of the wrong type", () => {
  assertThrows(
    () => jsonLogger({ write: "x" as never }),
    TypeError,
    "Cannot use write: wanted a function",
  );
  assertThrows(
    () => jsonLogger({ level: "debug" as never }),
    TypeError,
    'Cannot use level: wanted "info" or "warn"',
  );
  for (const redact of ["x", [""], ["-"], [1]]) {
    assertThrows(
      () => jsonLogger({ redact: redact as never }),
      TypeError,
      "Cannot use redact: wanted a list of names",
    );
  }
});

Deno.test("jsonLogger() takes linear time for texts that are made to be slow", () => {
  const began = performance.now();
  for (
    const part of [
      "-----BEGIN A",
      "://a",
      "eyJaaaaa.",
      "token=",
      "password",
      "?a",
      'token="',
      "token\\",
      'token":   ',
      'token=\\\\\\"a\\"',
      `token="a\\"' `,
    ]
  ) {
    logged(part.repeat(200_000 / part.length));
    withoutShapes(part.repeat(1_000_000 / part.length));
  }
  assert(performance.now() - began < 5_000);
});
