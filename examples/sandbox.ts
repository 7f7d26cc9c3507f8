/**
 * Tests a handler against the sandbox: no account, no network, no files.
 *
 *     deno test examples/sandbox.ts
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Change, Client } from "@sluice/edge/company-data";
import { memoryKv } from "@sluice/edge/kv";
import { createSandbox, type Sandbox } from "@sluice/edge/sandbox";

const emails = new Map<string | null, unknown>();

/** The handler to be tested: keeps the newest address of each person. */
function keepEmail(change: Change): void {
  if (change.event !== "field_updated" || change.slug !== "email") return;
  if (change.value === "") throw new Error("Cannot keep an empty address");
  emails.set(change.personId, change.value);
}

/** A client of the sandbox, cut off from files, network and environment. */
async function clientOf(sandbox: Sandbox): Promise<Client> {
  return await Client.fromConfig(sandbox.config(), {
    kv: memoryKv(),
    fetch: sandbox.clientFetch,
    env: {},
  });
}

Deno.test("keepEmail() keeps the newest address", async () => {
  await using sandbox = await createSandbox();
  await using client = await clientOf(sandbox);
  const person = await sandbox.connect();
  await sandbox.publishMany(
    ["anna@old.example", "anna@new.example"].map((value) => ({
      event: "field_updated",
      slug: "email",
      person,
      value,
    })),
  );
  // The platform may be busy for a moment: the client asks again.
  sandbox.failNext("changes", { kind: "rate_limit", retryAfter: 0 });

  const report = await client.processChanges(keepEmail);

  assertEquals(report.delivered, 2);
  assertEquals(emails.get(person.userId), "anna@new.example");
});

Deno.test("keepEmail() leaves an empty address to the dead letters", async () => {
  await using sandbox = await createSandbox();
  await using client = await clientOf(sandbox);
  await sandbox.publish({ event: "field_updated", slug: "email", value: "" });

  const report = await client.processChanges(keepEmail, { maxRetries: 0 });

  assertEquals(report.deadLettered, 1);
  const [letter] = await client.deadLetters();
  assertEquals(letter?.error, { name: "Error" });
});
