import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client } from "../../src/company_data/mod.ts";
import { ConfigError, DecryptError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import type { NamedCheck } from "./_outcomes.ts";

const FORMATS = ["json", "xml"] as const;

/** The client of a platform in the same process. */
export const CLIENT_CHECKS: readonly NamedCheck[] = [
  ...FORMATS.map((format) => ({
    name: `processChanges() drains, decrypts and retries over ${format}`,
    run: () => assertDrains(format),
  })),
  ...FORMATS.map((format) => ({
    name:
      `connections() pages, decrypts and tells a damaged value over ${format}`,
    run: () => assertLists(format),
  })),
  {
    name: "ready() says that the passphrase is wrong",
    run: assertWrongPassphrase,
  },
];

async function assertDrains(format: "json" | "xml"): Promise<void> {
  const { sandbox, client } = await platform({ format });
  const person = await sandbox.connect({});
  const rows = await sandbox.publishMany(
    Array.from({ length: 45 }, (_, i) => ({
      event: "field_updated",
      person,
      slug: "email",
      value: `ä < ${i} & b@example.com`,
    })),
  );
  sandbox.failNext("changes", { kind: "rate_limit", retryAfter: 1 });
  const seen: [string | null, unknown][] = [];
  let failures = 2;
  const report = await client.processChanges(({ id, value }) => {
    if (seen.length === 20 && failures-- > 0) throw new Error("planned");
    seen.push([id, value]);
  }, { batchSize: 10 });
  assertEquals(
    [report.delivered, report.retried, report.pending, report.stopped],
    [45, 2, 0, "empty"],
  );
  const wanted = rows.map(({ id }, i) => [id, `ä < ${i} & b@example.com`]);
  assertEquals(seen, wanted as typeof seen);
  assertEquals(sandbox.pending, 0);
}

async function assertLists(format: "json" | "xml"): Promise<void> {
  const { sandbox, client } = await platform({ format });
  for (let i = 0; i < 7; i++) {
    await sandbox.connect({ values: { email: `p${i}@example.com` } });
  }
  const wrapper = await sandbox.encrypt("x");
  await sandbox.connect({
    rawValues: { email: { value: { ...wrapper, iv: "AAAA" }, live: true } },
  });
  const connections = await Array.fromAsync(client.connections(3));
  const emails = connections.slice(0, 7).map(({ values }) => values["email"]);
  assertEquals(
    emails.map((email) => email?.value),
    Array.from({ length: 7 }, (_, i) => `p${i}@example.com`),
  );
  const damaged = connections[7]?.values["email"];
  assert(damaged?.error instanceof DecryptError);
  assertThrows(() => damaged.value, DecryptError);
}

async function assertWrongPassphrase(): Promise<void> {
  const sandbox = await createSandbox({
    passphrase: "right",
    keyIterations: 1_000,
  });
  const config = sandbox.config({ key_passphrase: "wr0ng-passphrase" });
  const client = await Client.fromConfig(config, { env: {}, kv: memoryKv() });
  const error = await assertRejects(
    () => client.ready(),
    ConfigError,
    "Cannot use service_private_key: the passphrase is wrong",
  );
  assertEquals(error.code, "config");
  assert(!error.message.includes("wr0ng"));
}

/** A sandbox that is reached without a network, and a client of it whose waits take no time. */
async function platform(
  config: { format: "json" | "xml" },
): Promise<{ sandbox: Sandbox; client: Client }> {
  const clock = jumpingClock();
  const sandbox = await createSandbox({
    keyIterations: 1_000,
    now: clock.now,
  });
  const client = await Client.fromConfig(sandbox.config({ ...config }), {
    env: {},
    kv: memoryKv({ now: clock.now }),
    fetch: sandbox.clientFetch,
    now: clock.now,
    sleep: clock.sleep,
  });
  return { sandbox, client };
}
