import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { UploadError } from "../../src/errors.ts";
import { file, type FileProgress, FlowFlex } from "../../src/flowflex/mod.ts";
import {
  API_KEY,
  API_SECRET,
  clientOf,
  SIGNATURE,
  spill,
  startPlatform,
  type Step,
  storageError,
  textOf,
} from "./_platform.ts";

function pdf(text = "%PDF"): ReturnType<typeof file> {
  return file(new TextEncoder().encode(text), { filename: "a.pdf" });
}

Deno.test("sendEvent() sends an event without files in one request", async () => {
  await using platform = startPlatform();
  const sent = await clientOf(platform).sendEvent("order.shipped", {
    payload: { order: 42, note: "ü", gone: undefined },
    idempotencyKey: "k-1",
  });
  assertEquals(sent, {
    response: { accepted: true, id: "ev_1" },
    idempotencyKey: "k-1",
    uploadedAssets: {},
    files: [],
  });
  assertEquals(platform.seen.length, 1);
  const [seen] = platform.seen;
  assertEquals(seen?.path, "/v1/events/ic_1");
  assertEquals(platform.events, [{
    event: "order.shipped",
    key: "k-1",
    text: '{"order":42,"note":"ü"}',
    body: { order: 42, note: "ü" },
  }]);
});

Deno.test("sendEvent() uploads files first and puts their ids in their places", async () => {
  await using platform = startPlatform();
  const shared = pdf("%PDF-shared");
  const payload = {
    to: "anna",
    invoice: shared,
    list: [{ x: file(new Blob(["hi"]), { filename: "b.TXT" }) }, shared],
  };
  const before = structuredClone({ to: payload.to });

  const sent = await clientOf(platform).sendEvent("invoice", { payload });

  assertEquals(payload.to, before.to);
  assert(payload.invoice === shared);
  const a = sent.uploadedAssets["invoice"] ?? "";
  const b = sent.uploadedAssets["list[0].x"] ?? "";
  assertEquals(sent.uploadedAssets, {
    invoice: a,
    "list[0].x": b,
    "list[1]": a,
  });
  assertEquals(sent.files.map(({ pointer }) => pointer), [
    "/invoice",
    "/list/0/x",
    "/list/1",
  ]);
  assertEquals(platform.events[0]?.body, {
    to: "anna",
    invoice: a,
    list: [{ x: b }, a],
  });
  assertEquals(
    textOf(platform.stored.get(a) ?? new Uint8Array()),
    "%PDF-shared",
  );
  assertEquals(platform.asked.get(b), {
    filename: "b.TXT",
    mime: "text/plain",
    size: 2,
  });
  assertEquals(platform.count("upload"), 2);
});

Deno.test("sendEvent() sends a payload wrapped when told to, and {} when there is none", async () => {
  await using platform = startPlatform();
  const wrapped = clientOf(platform, { bodyShape: "wrapped" });
  await wrapped.sendEvent("a", { payload: { n: 1 } });
  await wrapped.sendEvent("a");
  await clientOf(platform).sendEvent("a", { payload: null });
  assertEquals(platform.events.map(({ text }) => text), [
    '{"payload":{"n":1}}',
    '{"payload":{}}',
    "{}",
  ]);
});

Deno.test("sendEvent() makes a new key for each send and keeps it for its retries", async () => {
  await using platform = startPlatform();
  platform.answer = (step, nth) =>
    step === "event" && nth < 4
      ? new Response(null, { status: [503, 429, 408][nth - 1] ?? 500 })
      : undefined;
  const client = clientOf(platform);
  const sent = await client.sendEvent("a", { payload: { x: pdf() } });
  const again = await client.sendEvent("a", { idempotencyKey: "" });

  const events = platform.seen.filter(({ step }) => step === "event");
  const keys = events.map(({ headers }) => headers.get("x-idempotency-key"));
  assertEquals(keys.slice(0, 4), Array(4).fill(sent.idempotencyKey));
  assertEquals(
    new Set(events.slice(0, 4).map((each) => textOf(each.body))).size,
    1,
  );
  assertEquals(platform.count("upload"), 1);
  assertNotEquals(again.idempotencyKey, sent.idempotencyKey);
  assertEquals(keys[4], again.idempotencyKey);
});

Deno.test("sendEvent() tries every step again after what passes, with the same upload", async () => {
  for (const step of ["upload_url", "upload", "event"] as const) {
    for (const status of [408, 425, 429, 500, 502, 503, 504, 507]) {
      await using platform = startPlatform();
      platform.answer = (at, nth) =>
        at === step && nth === 1 ? new Response(null, { status }) : undefined;
      await clientOf(platform).sendEvent("a", { payload: { x: pdf() } });
      assertEquals(platform.count(step), 2, `${step} ${status}`);
      assertEquals(platform.events.length, 1);
    }
  }
});

const REFUSALS: [Step, Response, Partial<UploadError>, string][] = [
  [
    "upload_url",
    Response.json({ error: "Type no", code: "MIME_NOT_ALLOWED" }, {
      status: 422,
    }),
    { step: "upload_url", status: 422, errorKey: "MIME_NOT_ALLOWED" },
    "Cannot get an upload URL for the file: HTTP 422 (MIME_NOT_ALLOWED): Type no",
  ],
  [
    "upload_url",
    Response.json({ assetId: 7, uploadUrl: "https://a.example" }),
    { step: "upload_url", status: 200, errorKey: "sluice.unusable_answer" },
    'wanted JSON with the texts "assetId" and "uploadUrl"',
  ],
  [
    "upload_url",
    Response.json({
      assetId: "a".repeat(1_025),
      uploadUrl: "https://a.example",
    }),
    { step: "upload_url", status: 200, errorKey: "sluice.unusable_answer" },
    'wanted JSON with the texts "assetId" and "uploadUrl"',
  ],
  [
    "upload_url",
    Response.json({
      assetId: "a",
      uploadUrl: `http://a.example/?s=${SIGNATURE}`,
    }),
    { step: "upload_url", errorKey: "sluice.unusable_answer" },
    'wanted in "uploadUrl" an https URL, or http on a loopback host',
  ],
  [
    "upload_url",
    Response.json({
      assetId: "a",
      uploadUrl: `https://user:${SIGNATURE}@a.example/`,
    }),
    { step: "upload_url", errorKey: "sluice.unusable_answer" },
    'wanted in "uploadUrl" an https URL',
  ],
  [
    "upload_url",
    Response.json({
      assetId: "a",
      uploadUrl: `https://:${SIGNATURE}@a.example/`,
    }),
    { step: "upload_url", errorKey: "sluice.unusable_answer" },
    'wanted in "uploadUrl" an https URL',
  ],
  [
    "upload_url",
    Response.json({ assetId: "a", uploadUrl: "blob:https://a.example/1" }),
    { step: "upload_url", errorKey: "sluice.unusable_answer" },
    'wanted in "uploadUrl" an https URL',
  ],
  [
    "upload",
    storageError(403, "SignatureDoesNotMatch"),
    { step: "upload", status: 403, errorKey: "SignatureDoesNotMatch" },
    "Cannot upload the file: the storage answered HTTP 403 (SignatureDoesNotMatch)",
  ],
  [
    "event",
    Response.json({ name: "NOT_FOUND", message: `No ${API_SECRET}` }, {
      status: 404,
      headers: { "content-type": "application/problem+json" },
    }),
    { step: "event", status: 404, errorKey: "NOT_FOUND" },
    "Cannot send the event: HTTP 404 (NOT_FOUND): No [redacted]",
  ],
  [
    "event",
    new Response("<h1>no</h1>", { status: 400 }),
    { step: "event", status: 400, errorKey: null },
    "Cannot send the event: HTTP 400",
  ],
];

for (const [step, response, fields, message] of REFUSALS) {
  Deno.test(`sendEvent() says "${message}" and does not try again`, async () => {
    await using platform = startPlatform();
    platform.answer = (at) => at === step ? response : undefined;
    const error = await assertRejects(
      () => clientOf(platform).sendEvent("a", { payload: { x: pdf() } }),
      UploadError,
      message,
    );
    for (const [name, value] of Object.entries(fields)) {
      assertEquals(error[name as keyof UploadError], value, name);
    }
    assertEquals([error.code, error.retryable], ["upload", false]);
    assertEquals(platform.count(step), 1);
    for (const planted of [SIGNATURE, API_SECRET, API_KEY]) {
      assertEquals(spill(error).includes(planted), false, planted);
    }
  });
}

Deno.test("sendEvent() follows no redirect in any step", async () => {
  for (const step of ["upload_url", "upload", "event"] as const) {
    for (const status of [301, 302, 303, 307, 308]) {
      await using platform = startPlatform();
      platform.answer = (at) =>
        at === step
          ? new Response(null, { status, headers: { location: "/elsewhere" } })
          : undefined;
      const error = await assertRejects(
        () => clientOf(platform).sendEvent("a", { payload: { x: pdf() } }),
        UploadError,
        "Cannot follow a redirect",
      );
      assertEquals([error.step, error.errorKey], [step, "http.redirect"]);
      assertEquals(
        platform.seen.some(({ path }) => path === "/elsewhere"),
        false,
      );
    }
  }
});

Deno.test("sendEvent() tells nothing of secrets and presigned URLs when the network fails", async () => {
  for (const step of ["upload_url", "upload", "event"] as const) {
    await using platform = startPlatform();
    const client = clientOf(platform, {
      fetch: (url, init) => {
        const at = url.pathname.endsWith("upload-url")
          ? "upload_url"
          : init.method === "PUT"
          ? "upload"
          : "event";
        if (at !== step) return fetch(url, init);
        const headers = new Headers(init.headers).get("authorization");
        throw Object.assign(
          new TypeError(`failed for ${url} with ${headers} ${API_SECRET}`),
          { request: { url, init } },
        );
      },
    });
    const error = await assertRejects(
      () => client.sendEvent("a", { payload: { x: pdf() } }),
      UploadError,
      "Cannot reach 127.0.0.1",
    );
    assertEquals([error.step, error.errorKey, error.retryable], [
      step,
      "http.network",
      true,
    ]);
    const login = btoa(`${API_KEY}:`).slice(0, 12);
    for (const planted of [SIGNATURE, API_SECRET, API_KEY, login]) {
      assertEquals(spill(error).includes(planted), false, `${step} ${planted}`);
    }
  }
});

Deno.test("sendEvent() gives what finishes the send, without a second upload", async () => {
  await using platform = startPlatform();
  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 503 }) : undefined;
  const client = clientOf(platform);
  const payload = { a: pdf("one"), list: [pdf("two")] };
  const error = await assertRejects(
    () => client.sendEvent("a", { payload }),
    UploadError,
    "Cannot send the event: HTTP 503",
  );
  const { resume } = error;
  assert(resume);
  assertEquals(error.retryable, true);
  assertEquals(resume.assets.map(({ pointer }) => pointer), ["/a", "/list/0"]);

  platform.answer = () => undefined;
  const kept = JSON.parse(JSON.stringify(resume));
  const sent = await client.sendEvent("a", { payload, resume: kept });

  assertEquals(sent.idempotencyKey, resume.idempotencyKey);
  assertEquals(platform.count("upload"), 2);
  const bodies = platform.seen.filter(({ step }) => step === "event");
  assertEquals(new Set(bodies.map(({ body }) => textOf(body))).size, 1);
  assertEquals(
    new Set(bodies.map(({ headers }) => headers.get("x-idempotency-key"))).size,
    1,
  );
});

Deno.test("sendEvent() resumes nothing but the same send", async () => {
  await using platform = startPlatform();
  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 400 }) : undefined;
  const client = clientOf(platform);
  const payload = { a: pdf() };
  const { resume } = await assertRejects(
    () => client.sendEvent("a", { payload }),
    UploadError,
  );
  const before = platform.seen.length;
  const others = [
    () => client.sendEvent("b", { payload, resume }),
    () => client.sendEvent("a", { payload: { ...payload, b: 1 }, resume }),
    () => client.sendEvent("a", { payload: { b: pdf() }, resume }),
    () => client.sendEvent("a", { payload, resume, idempotencyKey: "k" }),
  ];
  for (const other of others) {
    await assertRejects(
      other,
      TypeError,
      "Cannot resume: wanted the same event",
    );
  }
  await assertRejects(
    () => client.sendEvent("a", { payload, resume: {} as never }),
    TypeError,
    "Cannot use resume",
  );
  assertEquals(platform.seen.length, before);
});

Deno.test("sendEvent() uploads again what the platform has deleted, under the same key", async () => {
  await using platform = startPlatform();
  let now = 1_800_000_000_000;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const client = clientOf(platform, { clock });
  const payload = { a: pdf() };
  const failing = async (): Promise<UploadError> =>
    await assertRejects(() => client.sendEvent("a", { payload }), UploadError);

  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 400 }) : undefined;
  const late = await failing();
  now += 48 * 3_600_000;
  platform.answer = () => undefined;
  const sent = await client.sendEvent("a", { payload, resume: late.resume });
  assertEquals(platform.count("upload"), 2);
  assertEquals(sent.idempotencyKey, late.resume?.idempotencyKey);

  platform.answer = (step) => {
    if (step === "event") platform.stored.clear();
    return undefined;
  };
  const missing = await failing();
  assertEquals(missing.errorKey, "ASSET_FILE_MISSING");
  assertEquals(missing.resume?.assets, []);
});

Deno.test("sendEvent() ends the other uploads at the first that fails, and keeps what is there", async () => {
  await using platform = startPlatform();
  platform.answer = (step, nth) => {
    if (step !== "upload" || nth === 1) return undefined;
    return nth === 2 ? platform.closing : storageError(403, "AccessDenied");
  };
  const files = Array.from({ length: 6 }, (_, n) => pdf(`file ${n}`));
  const error = await assertRejects(
    () =>
      clientOf(platform, { concurrency: 2 }).sendEvent("a", {
        payload: { files },
      }),
    UploadError,
    "the storage answered HTTP 403 (AccessDenied)",
  );
  assertEquals(error.resume?.assets.length, 1);
  assertEquals(platform.count("upload"), 3);
  assertEquals(platform.events, []);
});

Deno.test("sendEvent() uploads no more files at once than it may", async () => {
  await using platform = startPlatform();
  let open = 0;
  let most = 0;
  const client = clientOf(platform, {
    concurrency: 3,
    fetch: async (url, init) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return await fetch(url, init).finally(() => open--);
    },
  });
  const files = Array.from({ length: 10 }, (_, n) => pdf(`file ${n}`));
  await client.sendEvent("a", { payload: { files } });
  assertEquals(most, 3);
});

Deno.test("sendEvent() takes no longer for each file when there are many", async () => {
  let uploads = 0;
  const client = clientOf({ url: "https://a.example" }, {
    fetch: ({ pathname }) => {
      if (!pathname.endsWith("/upload-url")) {
        return Promise.resolve(Response.json({}));
      }
      const assetId = `as_${++uploads}`;
      const uploadUrl = "https://b.example/1";
      return Promise.resolve(Response.json({ assetId, uploadUrl }));
    },
  });
  const files = Array.from({ length: 1_000 }, pdf);
  // Hours, if all of them were looked through for each.
  const sent = await client.sendEvent("a", {
    payload: { files },
    timeoutMs: 20_000,
  });
  assertEquals(sent.files.length, 1_000);
  assertEquals(sent.files.at(-1)?.pointer, "/files/999");
  assertEquals(new Set(sent.files.map(({ assetId }) => assetId)).size, 1_000);
});

Deno.test("sendEvent() tells how far each file is", async () => {
  await using platform = startPlatform();
  const told: FileProgress[] = [];
  const payload = { a: pdf("%PDF") };
  await clientOf(platform).sendEvent("a", {
    payload,
    onProgress: (each) => told.push(each),
  });
  assertEquals(
    told.map(({ state, sentBytes, totalBytes, pointer }) => [
      state,
      sentBytes,
      totalBytes,
      pointer,
    ]),
    [["sending", 0, 4, "/a"], ["sending", 4, 4, "/a"], [
      "uploaded",
      4,
      4,
      "/a",
    ]],
  );
  assert(told.every((each) => each.file === payload.a));
  assertEquals(told[2]?.resume?.assets.length, 1);
  const mine = new Error("mine");
  const error = await assertRejects(() =>
    clientOf(platform).sendEvent("a", {
      payload,
      onProgress: () => {
        throw mine;
      },
    })
  );
  assertEquals(error, mine);
});

Deno.test("sendEvent() ends at its deadline in every step, uploads and all", async () => {
  for (const step of ["upload_url", "upload", "event"] as const) {
    await using platform = startPlatform();
    platform.answer = (at) => at === step ? platform.closing : undefined;
    const client = new FlowFlex({
      apiKey: API_KEY,
      apiSecret: API_SECRET,
      integrationCode: "ic_1",
      baseUrl: platform.url,
    });
    const error = await assertRejects(
      () => client.sendEvent("a", { payload: { x: pdf() }, timeoutMs: 300 }),
      UploadError,
      'Cannot finish: the deadline of "timeoutMs", which is 300, passed',
    );
    assertEquals([error.errorKey, error.retryable], ["http.deadline", true]);
    assertEquals(error.resume?.assets.length, step === "event" ? 1 : 0);
  }
});

Deno.test("sendEvent() tries an attempt again that takes too long", async () => {
  await using platform = startPlatform();
  platform.answer = (step, nth) =>
    step === "upload" && nth === 1 ? platform.closing : undefined;
  const client = clientOf(platform, { attemptTimeoutMs: 200 });
  await client.sendEvent("a", {
    payload: {
      x: file(() => new Blob(["%PDF"]).stream(), {
        filename: "a.pdf",
        size: 4,
      }),
    },
  });
  assertEquals(platform.count("upload"), 2);
});

Deno.test("sendEvent() rejects with the reason of the signal", async () => {
  await using platform = startPlatform();
  const stop = new AbortController();
  const reason = { mine: true };
  platform.answer = (step) => {
    if (step !== "upload") return undefined;
    stop.abort(reason);
    return platform.closing;
  };
  const thrown = await clientOf(platform).sendEvent("a", {
    payload: { x: pdf() },
    signal: stop.signal,
  }).catch((error) => error);
  assert(thrown === reason);
  const early = await clientOf(platform).sendEvent("a", {
    signal: stop.signal,
  }).catch((error) => error);
  assert(early === reason);
  assertEquals(platform.events, []);
});

Deno.test("sendEvent() uses the second pair from the first 401 on", async () => {
  await using platform = startPlatform();
  platform.login = "cik_new:cisk_new";
  const client = clientOf(platform, {
    credentials: [
      { apiKey: API_KEY, apiSecret: API_SECRET },
      { apiKey: "cik_new", apiSecret: "cisk_new" },
    ],
  });
  await client.sendEvent("a");
  assertEquals(platform.count("event"), 2);
  await client.sendEvent("a");
  assertEquals(platform.count("event"), 3);
  platform.login = "neither:nor";
  const error = await assertRejects(
    () => client.sendEvent("a"),
    UploadError,
    "HTTP 401 (UNAUTHORIZED): Bad credentials",
  );
  assertEquals([error.status, platform.count("event")], [401, 5]);
});

Deno.test("sendEvent() refuses events and keys that a header cannot carry, before anything is sent", async () => {
  await using platform = startPlatform();
  const client = clientOf(platform);
  const long = "x".repeat(256);
  for (const bad of ["", " a", "a ", "a\nb", "a\x7f", "ü", 7]) {
    await assertRejects(
      () => client.sendEvent(bad as string),
      TypeError,
      "Cannot use event",
    );
    if (bad === "") continue;
    await assertRejects(
      () => client.sendEvent("a", { idempotencyKey: bad as string }),
      TypeError,
      "Cannot use idempotencyKey",
    );
  }
  await assertRejects(() => client.sendEvent(long), RangeError, "got 256");
  assertEquals(platform.seen, []);
});

Deno.test("sendEvent() tells how long the platform asks to wait, and does not come back earlier", async () => {
  await using platform = startPlatform();
  const headers = { "retry-after": "120" };
  platform.answer = () => new Response(null, { status: 429, headers });
  const error = await assertRejects(
    () => clientOf(platform, { timeoutMs: 600_000 }).sendEvent("a"),
    UploadError,
    "Cannot send the event: HTTP 429",
  );
  assertEquals([error.retryAfter, error.retryable], [120, true]);
  assertEquals(platform.count("event"), 1);
  await assertRejects(
    () => clientOf(platform).sendEvent("a", null as never),
    TypeError,
    "Cannot use options",
  );
});

Deno.test("sendEvent() gives a text or null when the answer is no JSON", async () => {
  await using platform = startPlatform();
  const answers = ["fine", "null", ""];
  platform.answer = () => new Response(answers.shift());
  const client = clientOf(platform);
  assertEquals((await client.sendEvent("a")).response, "fine");
  assertEquals((await client.sendEvent("a")).response, null);
  assertEquals((await client.sendEvent("a")).response, null);
});

Deno.test("sendEvent() counts what was taken as sent, however long the answer is", async () => {
  for (const [step, at] of [["upload", 0], ["event", 1]] as const) {
    await using platform = startPlatform();
    const long = new Uint8Array(1024 * 1024 + 1);
    platform.answer = (now) => now === step ? new Response(long) : undefined;
    if (step === "upload") platform.stored.set("as_1", new Uint8Array());
    const client = clientOf(platform, { maxRetries: 0 });
    const sent = await client.sendEvent("a", { payload: { x: pdf() } });
    assertEquals(sent.response, [{ accepted: true, id: "ev_1" }, null][at]);
    assertEquals(sent.uploadedAssets, { x: "as_1" });
    assertEquals([platform.count("upload"), platform.count("event")], [1, 1]);
  }
});

Deno.test("createUploadUrl() and uploadFile() do one step each", async () => {
  await using platform = startPlatform();
  const client = clientOf(platform);
  const target = await client.createUploadUrl({
    filename: "../a.pdf",
    mime: "application/pdf",
  });
  assertEquals([target.assetId, target.token], ["as_1", "tk_1"]);
  assertStringIncludes(target.uploadUrl, SIGNATURE);
  assertEquals(JSON.parse(textOf(platform.seen[0]?.body ?? new Uint8Array())), {
    filename: "a.pdf",
    mime: "application/pdf",
  });
  const id = await client.uploadFile(client.file(new Blob(["x"]), {
    filename: "b.png",
  }));
  assertEquals(platform.asked.get(id)?.mime, "image/png");
  assertEquals(platform.stored.get(id)?.length, 1);
  await assertRejects(
    () => client.uploadFile("a.pdf" as never),
    TypeError,
    "Cannot use ref",
  );
});
