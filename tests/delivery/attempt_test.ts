import { assert, assertEquals, assertFalse } from "@std/assert";
import { decodeUtf8 } from "../../src/_internal/bytes.ts";
import {
  attemptDelivery,
  type AttemptInput,
  type AttemptOutcome,
} from "../../src/delivery/run/_attempt.ts";
import type { Sealed } from "../../src/delivery/_rows.ts";
import { createSigner } from "../../src/delivery/signing/signer.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import type { Dialect } from "../../src/delivery/dialect.ts";
import { dialectTable } from "../../src/delivery/dialects.ts";
import type { PermissionQuestion } from "../../src/delivery/permission.ts";
import type { Subscription } from "../../src/delivery/subscription.ts";
import { allowLoopback } from "../../src/delivery/target/check_target.ts";
import { verifySignature } from "../../src/delivery/signing/verify_signature.ts";
import type { FetchLike } from "../../src/http/send.ts";
import { deliveryTo } from "./_deliveries.ts";
import { type Receiver, startReceiver } from "./_receiver.ts";
import { emitted, testStore } from "./_subscription_store.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NOW = 1_800_000_000_000;
const EVENT = emitted({ data: { planted: "data" } });

interface Given {
  readonly store?: Partial<SenderParts>;
  readonly subscription?: Partial<Subscription>;
  readonly sealed?: Partial<Sealed>;
  readonly input?: Partial<AttemptInput>;
}

/** One attempt, to a loopback target unless the test says otherwise. */
async function attempt(to: string, given: Given = {}): Promise<AttemptOutcome> {
  const sealed: Sealed = {
    secrets: [{ secret: SECRET, until: null }],
    headers: {},
    ...given.sealed,
  };
  const store = testStore({
    clock: { now: () => NOW, sleep: () => Promise.resolve() },
    dialects: dialectTable([]),
    targetPolicy: { [allowLoopback]: true },
    fetch: (url, init) => fetch(url, init),
    permissions: undefined,
    ...given.store,
  });
  return await attemptDelivery(store, {
    event: EVENT,
    subscription: deliveryTo(to, given.subscription),
    sealed,
    signer: createSigner(sealed.secrets.map(({ secret }) => secret)),
    attempt: 1,
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    ...given.input,
  });
}

/** A `fetch` that answers in process and counts. */
function answering(
  answer: () => Response | Promise<Response>,
): { store: Partial<SenderParts>; asked: [URL, RequestInit][] } {
  const asked: [URL, RequestInit][] = [];
  const fetch: FetchLike = (url, init) => {
    asked.push([url, init]);
    return Promise.resolve().then(answer);
  };
  return { store: { fetch }, asked };
}

const IN_PROCESS = "http://127.0.0.1:9/in";

Deno.test("attemptDelivery() sends a request that verifies, and keeps a record of both sides", async () => {
  await using receiver = await startReceiver();
  const to = receiver.url("/in?token=planted");
  const secrets = [SECRET, OLD_SECRET].map((secret) => ({
    secret,
    until: null,
  }));
  const headers = { authorization: "Bearer planted-token" };
  const outcome = await attempt(to, {
    sealed: { secrets, headers },
    input: { attempt: 3 },
  });
  const [request] = await receiver.received();
  assert(request);
  assertEquals([request.method, request.target], ["POST", "/in?token=planted"]);
  const sent = new Headers(request.headers);
  assertEquals(sent.get("authorization"), "Bearer planted-token");
  assertEquals(sent.get("webhook-attempt"), "3");
  assertEquals(sent.get("webhook-timestamp"), `${NOW / 1000}`);
  for (const secret of [SECRET, OLD_SECRET]) {
    const now = (): number => NOW;
    const verified = await verifySignature(request.body, sent, {
      secrets: [secret],
      now,
    });
    assertEquals(verified.id, EVENT.id);
  }
  assertEquals(JSON.parse(decodeUtf8(request.body)).data, EVENT.data);
  const { attempt: record, ...rest } = outcome;
  assertEquals(rest, {
    kind: "succeeded",
    retryAfterMs: null,
    throttled: false,
  });
  assertEquals([record.number, record.at, record.tookMs], [3, NOW, 0]);
  assertEquals(record.message, "200 OK");
  assertEquals(record.request, {
    method: "POST",
    url: to.replace(/\?.*/, ""),
    headers: {
      authorization: "[redacted]",
      "content-type": "application/json",
      "user-agent": request.headers["user-agent"] ?? "",
      "webhook-id": EVENT.id,
      "webhook-attempt": "3",
      "webhook-timestamp": `${NOW / 1000}`,
      "webhook-signature": "[redacted]",
    },
    bodyBytes: request.body.length,
  });
  assertEquals(record.response?.status, 200);
  assertEquals([record.response?.body, record.response?.truncated], [
    "ok",
    false,
  ]);
  assertFalse(JSON.stringify(outcome).includes("planted"));
});

Deno.test("attemptDelivery() turns each answer of a receiver into its outcome", async (t) => {
  await using receiver = await startReceiver();
  const cases: [
    number,
    Record<string, string>,
    Partial<AttemptOutcome>,
    string,
  ][] = [
    [201, {}, { kind: "succeeded" }, "201 Created"],
    [204, {}, { kind: "succeeded" }, "204 No Content"],
    [299, {}, { kind: "succeeded" }, "299"],
    [404, {}, { kind: "failed" }, "404 Not Found"],
    [410, {}, { kind: "gone" }, "410 Gone"],
    [
      429,
      { "retry-after": "7" },
      { kind: "failed", throttled: true, retryAfterMs: 7_000 },
      "429 Too Many Requests",
    ],
    [
      503,
      { "retry-after": new Date(NOW + 60_000).toUTCString() },
      { kind: "failed", throttled: true, retryAfterMs: 60_000 },
      "503 Service Unavailable",
    ],
    [
      500,
      { "retry-after": "5" },
      { kind: "failed", throttled: false, retryAfterMs: 5_000 },
      "500 Internal Server Error",
    ],
    [304, {}, { kind: "failed" }, "304 Not Modified"],
    [
      308,
      { location: "https://example.com/new?key=planted" },
      { kind: "failed" },
      "308, redirect to https://example.com/new not followed",
    ],
  ];
  for (const [status, headers, wanted, message] of cases) {
    await t.step(`${status}`, async () => {
      await receiver.behave("/in", { status, headers });
      const outcome = await attempt(receiver.url("/in"));
      assertEquals(outcome, {
        throttled: false,
        retryAfterMs: null,
        ...wanted,
        kind: wanted.kind ?? "failed",
        attempt: outcome.attempt,
      });
      assertEquals(outcome.attempt.message, message);
      assertEquals(outcome.attempt.response?.status, status);
      assertFalse(outcome.attempt.message.includes("planted"));
    });
  }
  assertEquals(await receiver.count("/in"), cases.length);
});

Deno.test("attemptDelivery() follows no redirect", async () => {
  await using receiver = await startReceiver();
  const statuses = [300, 301, 302, 303, 307, 308];
  for (const status of statuses) {
    const headers = { location: receiver.url("/elsewhere") };
    await receiver.behave("/in", { status, headers });
    const { kind, attempt: { message } } = await attempt(receiver.url("/in"));
    assertEquals([kind, message], [
      "failed",
      `${status}, redirect to ${headers.location} not followed`,
    ]);
  }
  assertEquals(await receiver.count("/in"), statuses.length);
  assertEquals(await receiver.count("/elsewhere"), 0);
});

Deno.test("attemptDelivery() is bounded by time and size, whatever the receiver does", async (t) => {
  await using receiver = await startReceiver();
  const input = { timeoutMs: 300 };
  await t.step("no answer", async () => {
    await receiver.behave("/in", { hangs: "head" });
    const { kind, attempt: record } = await attempt(receiver.url("/in"), {
      input,
    });
    assertEquals([kind, record.message, record.response], [
      "failed",
      "Timed out after 300 ms",
      null,
    ]);
    assertEquals(record.request?.method, "POST");
  });
  await t.step("an answer that comes too late", async () => {
    await receiver.behave("/in", { delayMs: 5_000 });
    const { attempt: record } = await attempt(receiver.url("/in"), { input });
    assertEquals(record.message, "Timed out after 300 ms");
  });
  await t.step("a success whose body does not end", async () => {
    await receiver.behave("/in", { body: "start", hangs: "body" });
    const { kind, attempt: record } = await attempt(receiver.url("/in"), {
      input,
    });
    assertEquals([kind, record.message], ["succeeded", "200 OK"]);
    assertEquals(record.response?.body, "start");
    assertEquals(record.response?.truncated, true);
  });
  await t.step("a failure whose body does not end", async () => {
    await receiver.behave("/in", { status: 500, body: "why", hangs: "body" });
    const { kind, attempt: record } = await attempt(receiver.url("/in"), {
      input,
    });
    assertEquals([kind, record.message], [
      "failed",
      "500 Internal Server Error",
    ]);
    assertEquals(record.response?.body, "why");
  });
  await t.step("a huge and an endless body", async () => {
    const pads = [50_000_000, "endless"] as const;
    const wide = { input: { timeoutMs: 10_000 } };
    for (const each of pads) {
      await receiver.behave("/in", { pads: each });
      const { kind, attempt: { response } } = await attempt(
        receiver.url("/in"),
        wide,
      );
      assertEquals([kind, response?.body.length, response?.truncated], [
        "succeeded",
        2048,
        true,
      ]);
    }
  });
});

Deno.test("attemptDelivery() survives connections that close early", async () => {
  await using receiver = await startReceiver();
  await receiver.behave("/raw/a", { closes: "head" });
  await receiver.behave("/raw/b", { closes: "body", body: "half" });
  await receiver.behave("/raw/c", { status: 503, closes: "body" });
  const [a, b, c] = [
    await attempt(receiver.url("/raw/a")),
    await attempt(receiver.url("/raw/b")),
    await attempt(receiver.url("/raw/c")),
  ];
  assertEquals([a.kind, a.attempt.message, a.attempt.response], [
    "failed",
    "Connection failed",
    null,
  ]);
  assertEquals([b.kind, b.attempt.response?.truncated], ["succeeded", true]);
  assertEquals([c.kind, c.throttled, c.attempt.message], [
    "failed",
    true,
    "503 Service Unavailable",
  ]);
  assertEquals(await receiver.count(), 3);
});

Deno.test("attemptDelivery() tells of a port where nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { kind, attempt: record } = await attempt(
    `http://127.0.0.1:${port}/?planted`,
  );
  assertEquals([kind, record.message], ["failed", "Connection failed"]);
  assertFalse(JSON.stringify(record).includes("planted"));
});

Deno.test("attemptDelivery() keeps nothing secret of a receiver that repeats the request", async () => {
  await using receiver = await startReceiver();
  await receiver.behave("/in", {
    echoes: true,
    headers: { "set-cookie": "planted-cookie", "x-echo": "planted-token" },
  });
  const headers = {
    authorization: "Bearer planted-token",
    "x-key": "planted-key",
  };
  const { attempt: record } = await attempt(
    receiver.url("/in?a=planted-query"),
    {
      sealed: { headers },
    },
  );
  const text = JSON.stringify(record);
  assert(record.response?.body.includes("webhook-attempt"));
  for (
    const planted of [
      "planted-token",
      "planted-key",
      "planted-cookie",
      "planted-query",
    ]
  ) {
    assertFalse(text.includes(planted), planted);
  }
});

Deno.test("attemptDelivery() says stopped when the signal aborts, and counts an answer that came before", async () => {
  await using receiver = await startReceiver();
  const stop = new AbortController();
  const begun = attempt(receiver.url("/in"), {
    input: { signal: stop.signal },
  });
  stop.abort(new Error("planted"));
  assertEquals((await begun).kind, "stopped");
  const after = await attempt(receiver.url("/in"), {
    input: { signal: stop.signal },
  });
  assertEquals([after.kind, after.attempt.request], ["stopped", null]);
  await receiver.forget();
  await receiver.behave("/hangs", { hangs: "head" });
  assertEquals((await stopped(receiver, "/hangs")).kind, "stopped");
  await receiver.behave("/body", { hangs: "body" });
  assertEquals((await stopped(receiver, "/body")).kind, "succeeded");
});

/** An attempt that is stopped when the head of the answer is there, or the request came in. */
async function stopped(
  receiver: Receiver,
  path: string,
): Promise<AttemptOutcome> {
  const stop = new AbortController();
  const answered = Promise.withResolvers<void>();
  const store = {
    fetch: async (url: URL, init: RequestInit): Promise<Response> => {
      const response = fetch(url, init);
      if (path === "/body") await response;
      answered.resolve();
      return await response;
    },
  };
  const begun = attempt(receiver.url(path), {
    store,
    input: { signal: stop.signal },
  });
  await answered.promise;
  while (await receiver.count(path) === 0);
  stop.abort();
  return await begun;
}

Deno.test("attemptDelivery() asks for permission first and sends nothing without", async () => {
  const cases = [
    [false, "denied", "Not permitted"],
    ["missing", "missing", "No such principal or permission"],
  ] as const;
  for (const [answer, kind, message] of cases) {
    const { store, asked } = answering(() => new Response());
    const questions: PermissionQuestion[] = [];
    const permissions = (question: PermissionQuestion): typeof answer => {
      questions.push(question);
      return answer;
    };
    // A refused target: it must not even be looked at.
    const outcome = await attempt("https://10.0.0.1/", {
      store: { ...store, permissions },
      subscription: { owner: "o", permission: "view" },
    });
    assertEquals([outcome.kind, outcome.attempt.message], [kind, message]);
    assertEquals([outcome.attempt.request, asked.length], [null, 0]);
    assertEquals(questions.map(({ phase }) => phase), ["send"]);
  }
});

Deno.test("attemptDelivery() fails when nobody can tell whether it is permitted", async () => {
  const { store, asked } = answering(() => new Response());
  const subscription = { owner: "o", permission: "view" };
  const broken: [SenderParts["permissions"], string][] = [
    [() => {
      throw new Error("planted");
    }, "Permission check failed"],
    [() => Promise.reject("planted"), "Permission check failed"],
    [() => 1 as unknown as boolean, "Permission check failed"],
    [() => new Promise(() => {}), "Timed out after 50 ms"],
  ];
  for (const [permissions, message] of broken) {
    const outcome = await attempt(IN_PROCESS, {
      store: { ...store, permissions },
      subscription,
      input: { timeoutMs: 50 },
    });
    assertEquals([outcome.kind, outcome.attempt.message], ["failed", message]);
  }
  assertEquals(asked.length, 0);
});

Deno.test("attemptDelivery() checks the target again", async () => {
  const { store, asked } = answering(() => new Response());
  const name = "https://hooks.example.com/in?planted";
  const to = (resolve: () => Promise<string[]>): Partial<SenderParts> => ({
    ...store,
    targetPolicy: { resolve },
  });
  const cases: [string, Partial<SenderParts>, string][] = [
    [
      "https://10.0.0.1/?planted",
      {},
      "Target refused: wanted a host of the public internet",
    ],
    [
      "http://example.com/?planted",
      {},
      "Target refused: wanted an absolute https URL",
    ],
    [
      name,
      to(() => Promise.resolve(["10.0.0.1"])),
      "Target refused: the name of the host leads to an address that is not public",
    ],
    [
      name,
      to(() => Promise.resolve([])),
      "Target not found: its host has no address",
    ],
    [
      name,
      to(() => Promise.reject(new Error("planted"))),
      "Target not found: the DNS gave no answer",
    ],
    [name, to(() => new Promise(() => {})), "Timed out after 50 ms"],
  ];
  for (const [url, more, message] of cases) {
    const outcome = await attempt(url, {
      store: { ...store, ...more },
      input: { timeoutMs: 50 },
    });
    assertEquals([outcome.kind, outcome.attempt.message], ["failed", message]);
    assertEquals(outcome.attempt.request, null);
    assertFalse(JSON.stringify(outcome).includes("planted"));
  }
  assertEquals(asked.length, 0);
});

Deno.test("attemptDelivery() fails one attempt for a dialect that fails", async () => {
  const { store, asked } = answering(() => new Response());
  const own: Dialect = {
    name: "own",
    body: () => {
      throw new Error("planted");
    },
  };
  const dialects = dialectTable([own]);
  for (
    const [dialect, message] of [
      ["own", "Dialect own failed"],
      ["lost", "Dialect lost failed: it is not known"],
    ] as const
  ) {
    const outcome = await attempt(IN_PROCESS, {
      store: { ...store, dialects },
      subscription: { dialect },
    });
    assertEquals([outcome.kind, outcome.attempt.message], ["failed", message]);
    assertEquals(outcome.attempt.request, null);
  }
  assertEquals(asked.length, 0);
});

Deno.test("attemptDelivery() fails one attempt for a signer that fails", async () => {
  const { store, asked } = answering(() => new Response());
  const signer = { headers: () => Promise.reject(new Error("planted")) };
  const outcome = await attempt(IN_PROCESS, { store, input: { signer } });
  assertEquals([outcome.kind, outcome.attempt.message], [
    "failed",
    "Signing failed",
  ]);
  assertEquals(asked.length, 0);
});

Deno.test("attemptDelivery() signs nothing for those who want no signature", async () => {
  const { store, asked } = answering(() => new Response());
  await attempt(IN_PROCESS, { store, subscription: { dialect: "rest-hooks" } });
  await attempt(IN_PROCESS, { store, input: { signer: undefined } });
  assertEquals(asked.length, 2);
  for (const [, init] of asked) {
    const headers = new Headers(init.headers);
    assertEquals(headers.has("webhook-signature"), false);
    assertEquals(headers.get("webhook-id"), EVENT.id);
    assertEquals(headers.get("webhook-timestamp"), `${NOW / 1000}`);
  }
});

Deno.test("attemptDelivery() survives a fetch that is none", async () => {
  const broken: (() => unknown)[] = [
    () => {
      throw new Error("planted");
    },
    () => undefined,
    () => ({ status: 200 }),
    () => Response.error(),
  ];
  for (const answer of broken) {
    const { store } = answering(answer as () => Response);
    const outcome = await attempt(IN_PROCESS, { store });
    assertEquals(outcome.kind, "failed");
    assertFalse(JSON.stringify(outcome).includes("planted"));
  }
});

Deno.test("attemptDelivery() lets go of everything when it ends", async () => {
  const signal = new AbortController().signal;
  let listeners = 0;
  const counted = new Proxy(signal, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        listeners += Number(name === "addEventListener");
        listeners -= Number(name === "removeEventListener");
        return Reflect.apply(value, target, args);
      };
    },
  });
  for (
    const answer of [
      () => new Response("ok"),
      () => Promise.reject(new Error("no")),
    ]
  ) {
    const { store } = answering(answer);
    await attempt(IN_PROCESS, { store, input: { signal: counted } });
    assertEquals(listeners, 0);
  }
});
