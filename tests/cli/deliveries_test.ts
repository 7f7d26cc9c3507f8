import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { type Shop, startShop } from "./_shop.ts";
import { emptyFolder, sluice } from "./_support.ts";

Deno.test("deliveries as a new user in an empty folder: what is wrong is said, and nothing is made", async () => {
  await using folder = await emptyFolder();
  const kv = ["--kv", folder.path("store")];
  const replay = ["deliveries", "replay", "sub_1"];
  for (
    const [args, words] of [
      [["deliveries", "list"], "Cannot use --kv: it is missing"],
      [["deliveries", "list", ...kv], "there is no sealing key"],
      [["deliveries", "run", ...kv], "there is no sealing key"],
      [["deliveries", "list", "--status", "x"], "Allowed choices are pending"],
      [["deliveries", "run", "--deadline", "x"], "Wanted a number of seconds"],
      [replay, "exactly one of --event, --failed and --since"],
      [[...replay, "--failed", "--event", "e"], "exactly one of"],
      [[...replay, "--failed", "--until", "2026-01-01"], "Cannot use --until"],
      [[...replay, "--since", "yesterday", ...kv], "Cannot use --since"],
      [[...replay, "--since", "2026-01-01T09:00", ...kv], "with its zone"],
      [[...replay, "--since", "2026-13-01", ...kv], "Cannot use --since"],
      [[...replay, "--failed", ...kv], "there is no "],
    ] as const
  ) {
    const { code, out, err } = await sluice(args);
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(err, words);
  }
  assertEquals(folder.names(), []);
});

/** A shop where one delivery succeeded, one failed for good and one waits for its retry. */
async function startWithThree(): Promise<
  Shop & { readonly id: string; readonly events: string[] }
> {
  const shop = await startShop("retryDelaysMs: [3_600_000]");
  const { id } = await shop.subscribe(["--ordered"]);
  const events = ["evt-good", "evt-gone", "evt-late"];
  for (const [i, answer] of [200, 410, 500].entries()) {
    shop.answer = answer;
    await shop.emit({ id: events[i]! });
    const { code } = await shop.sluice(["deliveries", "run"]);
    assertEquals(code, answer === 200 ? EXIT.done : EXIT.left);
    await shop.sluice(["subscriptions", "activate", id]);
  }
  return Object.assign(shop, { id, events });
}

Deno.test("deliveries list shows one line for each, by status, and pages", async () => {
  await using shop = await startWithThree();
  const { id } = shop;
  const all = await shop.sluice(["deliveries", "list", id]);
  assertEquals(all.code, EXIT.done);
  const lines = all.out.trim().split("\n");
  assertMatch(
    lines[0] ?? "",
    new RegExp(
      `^${id} {2}evt-late {2}\\d{4}-.*Z {2}invoice.paid {2}pending {2}1 attempts {2}next \\d{4}-.*Z {2}500`,
    ),
  );
  assertMatch(
    lines[1] ?? "",
    / {2}evt-good {2}.* {2}succeeded {2}1 attempts {2}200/,
  );
  assertEquals(lines.length, 3);
  for (
    const [status, events] of [
      ["pending", ["evt-late"]],
      ["succeeded", ["evt-good"]],
      ["failed", ["evt-gone"]],
      ["dropped", []],
    ] as const
  ) {
    const { out } = await shop.sluice(
      ["deliveries", "list", "--status", status, "--json"],
    );
    const found = JSON.parse(out).map(({ event }: { event: string }) => event);
    assertEquals(found, events);
    assertEquals(out.includes("lastAttempts"), false);
  }
  const page = await shop.sluice(["deliveries", "list", "--limit", "2"]);
  assertEquals(page.out.trim().split("\n").length, 2);
  assertStringIncludes(page.err, "There are more");
  const absent = await shop.sluice(["deliveries", "list", "sub_absent"]);
  assertEquals(absent.code, EXIT.input);
  assertStringIncludes(absent.err, "Cannot find the subscription");
});

Deno.test("deliveries show gives the attempts as JSON, without what a terminal would obey", async () => {
  await using shop = await startWithThree();
  const show = ["deliveries", "show", shop.id];
  const { code, out } = await shop.sluice([...show, "evt-late"]);
  assertEquals(code, EXIT.done);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(out), false);
  const [delivery] = JSON.parse(out);
  const [attempt] = delivery.lastAttempts;
  assertEquals([delivery.event, attempt.number], ["evt-late", 1]);
  assertEquals(attempt.response.status, 500);
  assertStringIncludes(attempt.response.body, "secret of the receiver\u009b");
  assertEquals(attempt.request.headers["webhook-signature"], "[redacted]");
  const env = { SLUICE_SEALING_KEY: `seal_${btoa("x".repeat(36))}` };
  const blind = await shop.sluice([...show, "evt-late"], { env });
  assertStringIncludes(blind.err, "sealed with another key");
  const absent = await shop.sluice([...show, "evt-none"]);
  assertEquals(absent.code, EXIT.input);
  assertStringIncludes(absent.err, "Cannot find the delivery");
});

Deno.test("deliveries replay needs no key, and the next run sends with the same id", async () => {
  await using shop = await startWithThree();
  shop.answer = 200;
  const without = { env: { NO_COLOR: "1" } };
  for (
    const [flags, expected] of [
      [["--event", "evt-good"], ["evt-good"]],
      [["--failed"], ["evt-gone"]],
      [["--since", "2020-01-01", "--until", "2020-01-02T00:00:00+01:00"], []],
    ] as const
  ) {
    const before = shop.got.length;
    const asked = await shop.sluice(
      ["deliveries", "replay", shop.id, ...flags],
      without,
    );
    assertEquals([asked.code, asked.out], [EXIT.done, ""]);
    await shop.sluice(["deliveries", "run"]);
    const ids = shop.got.slice(before).map(({ headers }) =>
      headers.get("webhook-id")
    );
    assertEquals(ids, [...expected]);
  }
  const absent = await shop.sluice(
    ["deliveries", "replay", shop.id, "--event", "evt-none"],
  );
  assertEquals(absent.code, EXIT.input);
  assertStringIncludes(absent.err, "no such event is kept");
});

Deno.test("deliveries run tells what became of them, and ends with 4 while one waits", async () => {
  await using shop = await startShop("retryDelaysMs: [3_600_000]");
  await shop.subscribe();
  shop.answer = 503;
  await shop.emit();
  const { code, out, err } = await shop.sluice(["deliveries", "run"]);
  assertEquals([code, out], [EXIT.left, ""]);
  assertMatch(
    err,
    /^0 delivered, 1 failed and are tried again, 0 failed for good, 0 not permitted; nothing more is due$/m,
  );
  assertMatch(err, /^The next is due at \d{4}-.*Z$/m);
  const none = await shop.sluice(["deliveries", "run", "--json"]);
  assertEquals([none.code, JSON.parse(none.out).succeeded], [EXIT.left, 0]);
  assertEquals(JSON.parse(none.out).stopped, "empty");
});

Deno.test("deliveries run stops for Ctrl-C and for its deadline", async () => {
  await using shop = await startShop();
  await shop.subscribe();
  await shop.emit();
  const stopped = await shop.sluice(["deliveries", "run"], {
    signal: AbortSignal.abort("SIGINT"),
  });
  assertEquals([stopped.code, shop.got.length], [EXIT.interrupted, 0]);
  assertStringIncludes(stopped.err, "it was told to stop");
  const late = await shop.sluice(["deliveries", "run", "--deadline", "0"]);
  assertEquals([late.code, shop.got.length], [EXIT.done, 0]);
  assertStringIncludes(late.err, "the time is over");
  await shop.sluice(["deliveries", "run"]);
  assertEquals(shop.got.length, 1);
});

Deno.test("deliveries run refuses to begin without the permissions and dialects of the application", async () => {
  await using shop = await startShop(
    "permissions: () => true, dialects: [{ name: 'own' }]",
  );
  const kv = ["--kv", shop.path("store")];
  const env = { SLUICE_SEALING_KEY: shop.sealingKey };
  for (
    const [args, what] of [
      [["--dialect", "own"], "dialects"],
      [["--owner", "user_1"], "permissions"],
    ] as const
  ) {
    const { id } = await shop.subscribe(args);
    await shop.emit();
    const refused = await sluice(["deliveries", "run", ...kv], { env });
    assertEquals(refused.code, EXIT.input);
    assertStringIncludes(
      refused.err,
      `wanted --module with ${what} of the application`,
    );
    const before = shop.got.length;
    const { code } = await shop.sluice(["deliveries", "run"]);
    assertEquals([code, shop.got.length], [EXIT.done, before + 1]);
    await shop.sluice(["subscriptions", "remove", id]);
  }
});

for (
  const [text, words] of [
    ["export const x = 1;", "with options of WebhookSender"],
    ["export default { permission: () => true };", "permissions, dialects"],
    ["export default { deliverDue() {} };", "with options of WebhookSender"],
    ["export default { timeoutMs: 0 };", "Cannot use timeoutMs"],
    ["throw new Error('broken');", "broken"],
  ] as const
) {
  Deno.test(`deliveries run refuses the module ${text}`, async () => {
    await using shop = await startShop();
    await shop.subscribe();
    const module = await shop.write("bad.js", text);
    const { code, err } = await shop.sluice(
      ["deliveries", "run", "--module", module],
    );
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, words);
    // The store is free again.
    assertEquals((await shop.sluice(["deliveries", "run"])).code, EXIT.done);
  });
}

Deno.test("deliveries ends with 3 while the application holds the store", async () => {
  await using shop = await startShop();
  await shop.subscribe();
  const { fsKv } = await import("../../src/kv/fs.ts");
  await using _held = await fsKv(shop.path("store"));
  const { code, err } = await shop.sluice(["deliveries", "list"]);
  assertEquals(code, EXIT.store);
  assertStringIncludes(err, "try again once the store is free");
});
