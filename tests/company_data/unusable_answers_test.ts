import { assertEquals, assertRejects } from "@std/assert";
import type { Client } from "../../src/company_data/mod.ts";
import { ApiError } from "../../src/errors.ts";
import type { SandboxAnswer, SandboxEndpoint } from "../../src/sandbox/mod.ts";
import { startPlatform } from "../_support/platform.ts";

const XML = { contentType: "application/xml" };
// What would tell that a body got into an error.
const SECRET = "hunter2-in-clear";

interface Case {
  readonly endpoint: SandboxEndpoint;
  readonly answer: Omit<SandboxAnswer, "kind">;
  call(client: Client): Promise<unknown>;
  readonly says: string;
}

const CASES: Record<string, Case> = {
  "requestFields() without a list": {
    endpoint: "request-fields",
    answer: { body: { fields: SECRET } },
    call: (client) => client.requestFields(),
    says: "the answer has no list of request fields",
  },
  "requestFields() of something that is no JSON": {
    endpoint: "request-fields",
    answer: { body: `<html>${SECRET}` },
    call: (client) => client.requestFields(),
    says: "the answer is not valid JSON",
  },
  "requestFields() of bytes that are no text": {
    endpoint: "request-fields",
    answer: { body: Uint8Array.of(0xff, 0xfe) },
    call: (client) => client.requestFields(),
    says: "the answer is not valid JSON",
  },
  "requestFields() of XML that ends early": {
    endpoint: "request-fields",
    answer: { body: `<response><a>${SECRET}`, ...XML },
    call: (client) => client.requestFields(),
    says: "the answer is not valid XML",
  },
  "logs() that are a list": {
    endpoint: "logs",
    answer: { body: [SECRET] },
    call: (client) => client.logs(),
    says: "the list of logs is not an object",
  },
  "logs() without items": {
    endpoint: "logs",
    answer: { body: { items: SECRET } },
    call: (client) => client.logs(),
    says: "the list of logs has no items",
  },
  "connections() whose answer is empty": {
    endpoint: "connections",
    answer: { body: "" },
    call: (client) => Array.fromAsync(client.connections()),
    says: "the list of connections has no items",
  },
  "connection() that is a text": {
    endpoint: "connection",
    answer: { body: JSON.stringify(SECRET) },
    call: (client) => client.connection("c1"),
    says: "the connection is not an object",
  },
  "connection() that is a list of something else": {
    endpoint: "connection",
    answer: { body: { items: [SECRET] } },
    call: (client) => client.connection("c1"),
    says: "the connection is not an object",
  },
};

for (const [name, { endpoint, answer, call, says }] of Object.entries(CASES)) {
  Deno.test(`${name} is an ApiError that says so, and nothing of the answer`, async () => {
    await using platform = await startPlatform();
    platform.sandbox.setFaults({ [endpoint]: { kind: "answer", ...answer } });
    const error = await assertRejects(() => call(platform.client), ApiError);
    assertEquals(error.message, `HTTP 200 (sluice.unusable_answer): ${says}`);
    assertEquals([error.status, error.retryable], [200, false]);
    const told = JSON.stringify(error) + Deno.inspect(error);
    assertEquals(told.includes(SECRET), false);
  });
}

Deno.test("connection() takes the first of a list, as the platform may answer with one", async () => {
  await using platform = await startPlatform();
  const items = [{ connection_id: "c1", user_id: "u1", values: {} }];
  platform.sandbox.setFaults({
    connection: { kind: "answer", body: { items } },
  });
  assertEquals((await platform.client.connection("c1")).id, "c1");
});

Deno.test("an error whose body is broken XML keeps its status, and shows its words", async () => {
  await using platform = await startPlatform();
  platform.sandbox.setFaults({
    "request-fields": {
      kind: "answer",
      status: 404,
      body: "<response><error_key>gone",
      ...XML,
    },
  });
  const error = await assertRejects(
    () => platform.client.requestFields(),
    ApiError,
    "HTTP 404: gone",
  );
  assertEquals([error.status, error.errorKey], [404, null]);
});
