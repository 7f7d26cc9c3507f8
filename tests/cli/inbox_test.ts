import { assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { publish, startWorld, valuesOf } from "./_support.ts";

Deno.test("inbox backlog keeps what the platform holds back, and inbox drain delivers it", async () => {
  await using world = await startWorld();
  const { sandbox } = world;
  const webhookId = await sandbox.addWebhook({ url: "http://127.0.0.1:9/" });
  const person = await sandbox.connect();
  for (const value of ["a@x", "b@x"]) {
    await sandbox.publish({
      event: "field_updated",
      slug: "email",
      person,
      value,
      webhookId,
    });
  }
  const kept = await world.sluice([
    "inbox",
    "backlog",
    webhookId,
    "--batch-size",
    "1",
  ]);
  assertEquals([kept.code, kept.out], [EXIT.done, ""]);
  assertStringIncludes(kept.err, "2 events kept, from 2 pages");

  const waiting = await world.sluice(["inbox", "status"]);
  assertStringIncludes(waiting.out, "inbox  2 wait since ");
  assertStringIncludes(
    waiting.out,
    "feed   0 wait, 0 dead letters, no run yet",
  );

  const { code, out } = await world.sluice(["inbox", "drain", "--ndjson"]);
  assertEquals([code, valuesOf(out)], [EXIT.done, ["a@x", "b@x"]]);
  const { out: status } = await world.sluice(["inbox", "status", "--json"]);
  assertEquals(JSON.parse(status).inbox.lastRun.delivered, 2);
});

Deno.test("inbox drain leaves the feed alone", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 1);
  const { code, out } = await world.sluice(["inbox", "drain", "--ndjson"]);
  assertEquals([code, out, world.sandbox.pending], [EXIT.done, "", 1]);
});

Deno.test("dead-letters --source inbox has the deliveries that were given up", async () => {
  await using world = await startWorld();
  const { sandbox } = world;
  const webhookId = await sandbox.addWebhook({ url: "http://127.0.0.1:9/" });
  await sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "a",
    webhookId,
  });
  await world.sluice(["inbox", "backlog", webhookId]);
  const flags = ["--max-retries", "0"];
  const drained = await world.sluice([
    "inbox",
    "drain",
    "--exec",
    "exit 1",
    ...flags,
  ]);
  assertEquals(drained.code, EXIT.left);
  const source = ["--source", "inbox"];
  const { out } = await world.sluice([
    "dead-letters",
    "list",
    "--json",
    ...source,
  ]);
  assertEquals(JSON.parse(out).length, 1);
  const retried = await world.sluice([
    "dead-letters",
    "retry",
    "--all",
    "--ndjson",
    ...source,
  ]);
  assertEquals([retried.code, valuesOf(retried.out)], [EXIT.done, ["a"]]);
});
