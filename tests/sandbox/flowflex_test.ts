import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { UploadError } from "../../src/errors.ts";
import { file, FlowFlex, uploadWithTicket } from "../../src/flowflex/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import {
  createFlowFlexSandbox,
  type FlowFlexSandbox,
} from "../../src/sandbox/mod.ts";

function clientOf({ client }: FlowFlexSandbox): FlowFlex {
  return new FlowFlex({
    ...client,
    random: () => 0,
    maxRetries: 0,
    kv: memoryKv(),
    sealingKey: generateSealingKey(),
  });
}

function note(text = "hello"): ReturnType<typeof file> {
  const open = (): ReadableStream<Uint8Array> => new Blob([text]).stream();
  return file(open, { filename: "a.txt", size: text.length });
}

Deno.test("createFlowFlexSandbox() takes files and events of a client, kept ones too", async () => {
  const sandbox = createFlowFlexSandbox();
  const client = clientOf(sandbox);
  const payload = { x: note(), y: file(new Blob(), { filename: "b.png" }) };
  const { response } = await client.sendEvent("a", { payload });
  assertEquals(response, { id: "ev_1" });
  await client.sendEventDurably("b", { payload, idempotencyKey: "k-2" });
  assertEquals((await client.processSends()).delivered, 1);
  assertEquals(sandbox.events.map(({ name }) => name), ["a", "b"]);
  assertEquals(sandbox.events[1]?.idempotencyKey, "k-2");
  const ids = Object.values(sandbox.events[0]?.body as Record<string, string>);
  assertEquals(
    ids.map((id) => {
      const { filename, mime, bytes } = sandbox.assets.get(id) ?? {};
      return [filename, mime, bytes?.length];
    }),
    [["a.txt", "text/plain", 5], ["b.png", "image/png", 0]],
  );
});

Deno.test("createFlowFlexSandbox() takes a key once, and gives the same answer again", async () => {
  const sandbox = createFlowFlexSandbox();
  const client = clientOf(sandbox);
  const options = { idempotencyKey: "k" };
  const first = await client.sendEvent("a", options);
  const again = await client.sendEvent("a", options);
  assertEquals(again.response, first.response);
  assertEquals([sandbox.events.length, sandbox.requests.length], [1, 2]);
});

Deno.test("createFlowFlexSandbox() fails the next request of a step, and then no more", async () => {
  for (const step of ["upload_url", "upload", "event"] as const) {
    const sandbox = createFlowFlexSandbox();
    const client = clientOf(sandbox);
    sandbox.failNext(step, () => new Response(null, { status: 503 }));
    sandbox.failNext(step, () => {
      throw new TypeError("lost");
    });
    const payload = { x: note() };
    for (const [status, errorKey] of [[503, null], [0, "http.network"]]) {
      const error = await assertRejects(
        () => client.sendEvent("a", { payload }),
        UploadError,
      );
      assertEquals([error.step, error.status, error.errorKey], [
        step,
        status,
        errorKey,
      ]);
    }
    await client.sendEvent("a", { payload });
    assertEquals(sandbox.events.length, 1);
  }
});

Deno.test("createFlowFlexSandbox() refuses an event whose file is not there any more", async () => {
  const sandbox = createFlowFlexSandbox();
  const client = clientOf(sandbox);
  const asset = await client.uploadFile(note());
  sandbox.expireAssets();
  const error = await assertRejects(
    () => client.sendEvent("a", { payload: { list: [{ asset }] } }),
    UploadError,
    "HTTP 422 (ASSET_FILE_MISSING)",
  );
  assertEquals([error.status, sandbox.events], [422, []]);
});

Deno.test("createFlowFlexSandbox() refuses another login, another place and another form", async () => {
  const sandbox = createFlowFlexSandbox();
  const { client } = sandbox;
  for (
    const [over, code] of [
      [{ apiSecret: "wrong" }, "HTTP 401 (UNAUTHORIZED)"],
      [{ integrationCode: "ic_other" }, "HTTP 404 (NOT_FOUND)"],
    ] as const
  ) {
    await assertRejects(
      () => new FlowFlex({ ...client, ...over }).sendEvent("a"),
      UploadError,
      code,
    );
  }
  const login = btoa(`${client.apiKey}:${client.apiSecret}`);
  const headers = { authorization: `Basic ${login}` };
  const ask = (path: string, init: RequestInit): Promise<Response> =>
    client.fetch(new URL(path, client.baseUrl), init);
  const json = { ...headers, "content-type": "application/json" };
  const method = "POST";
  for (
    const [path, init] of [
      ["/v1/assets/upload-url", { headers: json }],
      ["/v1/assets/upload-url", { method, headers, body: "{}" }],
      ["/v1/assets/upload-url", { method, headers: json, body: "{}" }],
      ["/v1/events/ic_sandbox", { method, headers: json, body: "{}" }],
    ] as const
  ) {
    assertEquals((await ask(path, init)).status, 400, path);
  }
});

Deno.test("createFlowFlexSandbox() stores what a ticket is for, and nothing else", async () => {
  const sandbox = createFlowFlexSandbox();
  const { fetch } = sandbox.client;
  const ticket = await clientOf(sandbox).createUploadUrl({
    filename: "a.txt",
    mime: "text/plain",
    size: 5,
  });
  const url = new URL(ticket.uploadUrl);
  const put = (over: RequestInit, to = url): Promise<Response> =>
    fetch(to, {
      method: "PUT",
      headers: { "content-type": "text/plain" },
      body: "hello",
      ...over,
    });
  const authorization = { "content-type": "text/plain", authorization: "x" };
  const refusals: [Response, string][] = [
    [await put({ method: "POST" }), "AccessDenied"],
    [await put({}, new URL(url.origin + url.pathname)), "AccessDenied"],
    [await put({ headers: authorization }), "InvalidArgument"],
    [await put({ headers: {} }), "SignatureDoesNotMatch"],
    [await put({ body: "hell" }), "EntityTooLarge"],
  ];
  for (const [response, code] of refusals) {
    assertEquals(response.status, 403);
    assert((await response.text()).includes(code), code);
  }
  assertEquals(sandbox.assets.get(ticket.assetId)?.bytes, undefined);
  const source = new Blob(["hello"]);
  const asset = await uploadWithTicket(ticket, source, { fetch });
  assertEquals(sandbox.assets.get(asset)?.bytes?.length, 5);
});
