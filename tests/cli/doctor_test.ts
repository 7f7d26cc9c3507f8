import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { startShop } from "./_shop.ts";
import { publish, sluice, startWorld } from "./_support.ts";

interface Report {
  ok: boolean;
  checks: { check: string; verdict: string; detail: string; mend?: string }[];
}

function verdicts(text: string): Record<string, string> {
  const { checks } = JSON.parse(text) as Report;
  return Object.fromEntries(checks.map((each) => [each.check, each.verdict]));
}

Deno.test("doctor names the file that is missing, says how to mend it, and ends with 1", async () => {
  const { code, out, err } = await sluice([
    "doctor",
    "--config",
    "missing.json",
  ]);
  assertEquals([code, err], [EXIT.input, ""]);
  assertMatch(out, /^fail {2}config .*missing\.json: there is no such file/);
  assertStringIncludes(out, "mend:    write the file, name another one with");
  assertStringIncludes(out, "skip  store    needs a configuration");
});

Deno.test("doctor refuses a configuration and a key that are too large to be meant", async () => {
  await using world = await startWorld();
  const huge = await world.write("huge.json", " ".repeat(2 ** 20 + 1));
  const config = await sluice(["doctor", "--config", huge]);
  assertEquals([config.code, config.err], [EXIT.input, ""]);
  assertStringIncludes(
    config.out,
    "huge.json: it is too large, wanted at most 1048576 bytes",
  );
  const settings = world.sandbox.config({ service_private_key: huge });
  const file = await world.write("key.json", JSON.stringify(settings));
  const key = await sluice(["doctor", "--config", file]);
  assertEquals(key.code, EXIT.input);
  assertStringIncludes(key.out, "service_private_key: ");
  assertStringIncludes(key.out, "it is too large, wanted at most 1048576");
});

Deno.test("doctor names every field that is wrong", async () => {
  await using world = await startWorld();
  const file = await world.write("bad.json", '{"api_url":"ftp://x"}');
  const { code, out } = await sluice(["doctor", "--config", file]);
  assertEquals(code, EXIT.input);
  for (const field of ["api_url", "client_id", "service_private_key"]) {
    assertStringIncludes(out, `${field}: `);
  }
});

Deno.test("doctor finds everything in order, and leaves the feed and the store alone", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 2);
  const { code, out } = await world.sluice(["doctor", "--json"]);
  assertEquals(code, EXIT.done);
  assertEquals(verdicts(out), {
    config: "ok",
    keys: "ok",
    token: "ok",
    catalog: "ok",
    clock: "ok",
    store: "ok",
    events: "ok",
  });
  assertEquals(JSON.parse(out).ok, true);
  assertEquals(world.sandbox.pending, 2);
});

Deno.test("doctor tells a wrong passphrase from a refused client, and goes on with the store", async () => {
  await using world = await startWorld();
  const env = {
    ALLUS_KEY_PASSPHRASE: "planted-wrong",
    ALLUS_CLIENT_SECRET: "planted-secret",
  };
  const { code, out, err } = await world.sluice(["doctor", "--json"], { env });
  assertEquals(code, EXIT.input);
  const found = verdicts(out);
  assertEquals(
    [found["keys"], found["token"], found["catalog"], found["store"]],
    ["fail", "fail", "skip", "ok"],
  );
  assertStringIncludes(out, "the passphrase is wrong or the data is damaged");
  assertStringIncludes(out, "check client_id and client_secret");
  assertEquals((out + err).includes("planted"), false);
});

Deno.test("doctor ends with 2 when the platform refuses, and with 3 when the store is held", async () => {
  await using world = await startWorld();
  world.sandbox.setFaults({ "request-fields": { kind: "no_client" } });
  const refused = await world.sluice(["doctor", "--json"]);
  assertEquals(refused.code, EXIT.platform);
  assertEquals(verdicts(refused.out)["token"], "ok");
  assertEquals(verdicts(refused.out)["catalog"], "fail");

  world.sandbox.clearFaults();
  const { fsKv } = await import("../../src/kv/fs.ts");
  await using _held = await fsKv(world.path("store"));
  const { code, out } = await world.sluice(["doctor", "--json"]);
  assertEquals([code, verdicts(out)["store"]], [EXIT.store, "fail"]);
  assertStringIncludes(out, "try again once the store is free");
});

Deno.test("doctor warns of dead letters, and of keys that Cloudflare refuses", async () => {
  await using world = await startWorld({ keyIterations: 100_001 });
  await world.sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "a",
  });
  const handler = await world.write(
    "handler.js",
    "export default () => { throw new Error() }",
  );
  await world.sluice(["drain", "--module", handler, "--max-retries", "0"]);
  const { code, out } = await world.sluice(["doctor", "--json"]);
  assertEquals(code, EXIT.done);
  assertEquals(verdicts(out)["keys"], "warn");
  assertEquals(verdicts(out)["events"], "warn");
  assertStringIncludes(out, "1 dead letters");
  assertStringIncludes(out, "openssl pkcs8 -topk8");
});

Deno.test("doctor paints verdicts on a terminal only, and not with NO_COLOR", async () => {
  const args = ["doctor", "--config", "missing.json"];
  const shown = await sluice(args, { outIsTerminal: true, env: {} });
  assertStringIncludes(shown.out, "\x1b[31mfail\x1b[0m");
  for (
    const host of [
      { outIsTerminal: true, env: { NO_COLOR: "1" } },
      { outIsTerminal: false, env: {} },
    ]
  ) {
    const { out } = await sluice(args, host);
    assertEquals(out.includes("\x1b"), false);
  }
});

for (
  const [ms, words] of [[-3_600_000, "3600 s ahead of"], [
    3_600_000,
    "3600 s behind",
  ]] as const
) {
  Deno.test(`doctor warns of a clock that is ${words} the platform`, async () => {
    await using world = await startWorld();
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        const answer = await world.sandbox.fetch(request);
        const headers = new Headers(answer.headers);
        headers.set("date", new Date(Date.now() + ms).toUTCString());
        return new Response(answer.body, { status: answer.status, headers });
      },
    );
    const env = { ALLUS_API_URL: `http://127.0.0.1:${server.addr.port}` };
    const { code, out } = await world.sluice(["doctor", "--json"], { env });
    const { checks } = JSON.parse(out) as Report;
    const clock = checks.find(({ check }) => check === "clock");
    assertEquals([code, clock?.verdict], [EXIT.done, "warn"]);
    assertMatch(
      clock?.detail ?? "",
      /^3[56]\d\d s (?:ahead of|behind) the platform$/,
    );
    assertStringIncludes(clock?.detail ?? "", words.slice(7));
  });
}

Deno.test("doctor looks at the deliveries alone where there is no configuration, and names an endpoint that fails", async () => {
  await using shop = await startShop(
    "retryDelaysMs: [3_600_000], circuit: { failures: 1 }",
  );
  await shop.subscribe();
  const fresh = await shop.sluice(["doctor", "--json"]);
  assertEquals(fresh.code, EXIT.done);
  assertEquals(verdicts(fresh.out), {
    config: "skip",
    keys: "skip",
    token: "skip",
    catalog: "skip",
    clock: "skip",
    store: "ok",
    sealing: "skip",
    delivery: "ok",
  });
  shop.answer = 500;
  await shop.emit();
  const waiting = await shop.sluice(["doctor"]);
  assertMatch(
    waiting.out,
    /^ok {4}delivery 0 wait, and events to be taken in/m,
  );
  await shop.sluice(["deliveries", "run"]);
  const { code, out } = await shop.sluice(["doctor"]);
  assertEquals([code, shop.got.length], [EXIT.done, 1]);
  assertMatch(out, /^ok {4}sealing {2}the key opens what was sealed$/m);
  assertMatch(out, /^warn {2}delivery 1 wait, 1 endpoints are left alone/m);
  assertStringIncludes(out, "mend:    see why: sluice deliveries list");
});

Deno.test("doctor warns of deliveries that are due and that nobody sends", async () => {
  await using shop = await startShop("retryDelaysMs: [3_600_000]");
  await shop.subscribe();
  const agoMs = 7_200_000;
  const module = await shop.write(
    "ago.js",
    (await Deno.readTextFile(shop.path("sender.js"))).replace(
      "retryDelaysMs",
      `clock: { now: () => Date.now() - ${agoMs}, sleep: () => Promise.resolve() }, retryDelaysMs`,
    ),
  );
  shop.answer = 500;
  await shop.emit({}, { agoMs });
  await shop.sluice(["deliveries", "run", "--module", module]);
  assertEquals(shop.got.length, 1);
  const { code, out } = await shop.sluice(["doctor"]);
  assertEquals(code, EXIT.done);
  assertMatch(
    out,
    /^warn {2}delivery 1 wait, 0 .*; due for (?:5\d|60) minutes$/m,
  );
  assertStringIncludes(out, "mend:    send them: sluice deliveries run");
});

Deno.test("doctor finds that the sealing key is another one, and goes by the configuration where there is one", async () => {
  await using shop = await startShop();
  await shop.subscribe();
  await shop.emit();
  await shop.sluice(["deliveries", "run"]);
  const env = { SLUICE_SEALING_KEY: `seal_${btoa("x".repeat(36))}` };
  const wrong = await shop.sluice(["doctor", "--json"], { env });
  assertEquals([wrong.code, verdicts(wrong.out)["sealing"]], [
    EXIT.input,
    "fail",
  ]);
  const absent = shop.path("absent");
  const nowhere = await sluice(["doctor", "--kv", absent], { env });
  assertEquals(nowhere.code, EXIT.input);
  assertStringIncludes(nowhere.out, `there is no ${absent}, wanted the store`);
  const none = await shop.sluice(["doctor", "--json"], { env: {} });
  assertEquals(verdicts(none.out)["config"], "fail");
  await using world = await startWorld();
  const { code, out } = await world.sluice(["doctor", "--json"], { env });
  assertEquals(code, EXIT.done);
  assertEquals(
    [
      verdicts(out)["token"],
      verdicts(out)["sealing"],
      verdicts(out)["delivery"],
    ],
    ["ok", "skip", "ok"],
  );
});
