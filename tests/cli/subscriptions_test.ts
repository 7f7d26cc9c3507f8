import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import {
  generateSealingKey,
  generateSecret,
  verifySignature,
} from "../../src/delivery/mod.ts";
import { startShop } from "./_shop.ts";
import { emptyFolder, sluice } from "./_support.ts";

Deno.test("subscriptions as a new user in an empty folder: what is wrong is said one by one, and nothing is made", async () => {
  await using folder = await emptyFolder();
  const store = folder.path("store");
  const key = folder.path("sealing.key");
  const add = ["subscriptions", "add", "https://example.com/"];
  for (
    const [args, words] of [
      [["subscriptions", "list"], "Cannot use --kv: it is missing"],
      [["subscriptions", "list", "--kv", store], "there is no "],
      [["subscriptions", "list", "--kv", `deno:${store}`], "there is no "],
      [["subscriptions", "list", "--kv", "memory"], "outlives the command"],
      [
        ["subscriptions", "list", "--kv", "redis://x"],
        "no store, wanted the path ",
      ],
      [["subscriptions", "add", "--kv", store], "wanted the address"],
      [[...add, "--kv", store], "there is no sealing key"],
      [
        [...add, "--kv", store, "--sealing-key-file", key],
        "Cannot read --sealing-key-file: ",
      ],
    ] as const
  ) {
    const { code, out, err } = await sluice(args);
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(err, words);
  }
  assertEquals(folder.names(), []);
});

Deno.test("subscriptions add refuses a sealing key that is none, without saying it", async () => {
  await using folder = await emptyFolder();
  const env = { SLUICE_SEALING_KEY: "planted-key" };
  const args = ["subscriptions", "add", "https://example.com/"];
  const { code, err } = await sluice(
    [...args, "--kv", folder.path("store")],
    { env },
  );
  assertEquals(code, EXIT.input);
  assertStringIncludes(
    err,
    "Cannot use SLUICE_SEALING_KEY: it is no sealing key, wanted what is made by: sluice keys generate --sealing",
  );
  assertEquals(folder.names(), []);
  assertEquals(err.includes("planted"), false);
});

Deno.test("subscriptions add says no sealing key that was given for the path of its file", async () => {
  await using folder = await emptyFolder();
  const key = generateSealingKey();
  const args = ["subscriptions", "add", "https://example.com/"];
  const { code, err } = await sluice(
    [...args, "--kv", folder.path("store"), "--sealing-key-file", key],
  );
  assertEquals(code, EXIT.input);
  assertStringIncludes(
    err,
    "Cannot read --sealing-key-file: there is no such file",
  );
  assertEquals(err.includes(key), false);
  assertEquals(folder.names(), []);
});

Deno.test("subscriptions add names every field that is wrong, and stores nothing", async () => {
  await using shop = await startShop();
  const from = await shop.write("from.json", '{"fro":1,"for":"?"}');
  const { code, out, err } = await shop.sluice(
    ["subscriptions", "add", "ftp://x", "--permission", "view", "--from", from],
  );
  assertEquals([code, out], [EXIT.input, ""]);
  for (const field of ["fro: is not known", "for: ", "to: ", "permission: "]) {
    assertStringIncludes(err, field);
  }
  const listed = await shop.sluice(["subscriptions", "list", "--json"]);
  assertEquals(JSON.parse(listed.out), []);
});

Deno.test("subscriptions add shows the secret once, on the standard output alone, and it verifies what arrives", async () => {
  await using shop = await startShop();
  const words = ["subscriptions", "add", shop.url, "--for", "invoice"];
  const { code, out, err } = await shop.sluice(words);
  assertEquals(code, EXIT.done);
  const [, id = "", secret = ""] =
    /^id +(sub_[\w-]+)\nsecret +(whsec_\S+)\n$/.exec(out) ?? [];
  assertMatch(id, /^sub_/);
  assertEquals(err.includes(secret), false);
  assertStringIncludes(err, "it is not shown again");

  await shop.emit();
  await shop.emit({ name: "order.paid" });
  const ran = await shop.sluice(["deliveries", "run"]);
  assertEquals([ran.code, shop.got.length], [EXIT.done, 1]);
  const [request] = shop.got;
  await verifySignature(request!.body, request!.headers, {
    secrets: [secret],
  });
  const texts = [ran.out, ran.err];
  for (const args of [["subscriptions", "list"], ["deliveries", "list"]]) {
    for (const flags of [[], ["--json"]]) {
      const shown = await shop.sluice([...args, ...flags]);
      assertEquals([shown.code, shown.out.includes(id)], [EXIT.done, true]);
      texts.push(shown.out, shown.err);
    }
  }
  const all = texts.join("");
  assertEquals(all.includes(secret) || all.includes(shop.sealingKey), false);
});

Deno.test("subscriptions add says so when nobody read the secret", async () => {
  await using shop = await startShop();
  const { code, err } = await shop.sluice(["subscriptions", "add", shop.url], {
    out: () => Promise.reject(new Deno.errors.BrokenPipe("gone")),
  });
  assertEquals(code, EXIT.readerGone);
  assertMatch(
    err,
    /^Warning: nobody has read the secret of sub_[\w-]+; a new one: sluice subscriptions rotate sub_[\w-]+$/m,
  );
  assertEquals(err.includes("whsec_"), false);
});

Deno.test("subscriptions add takes all fields from a file or the standard input, and options go before them", async () => {
  await using shop = await startShop();
  const { secret } = await generateSecret();
  const fields = {
    to: shop.url,
    for: "order",
    when: "paid",
    signing: { secret },
    headers: { authorization: "planted-token" },
    filter: { type: "object", required: ["n"] },
    limits: { concurrency: 2 },
  };
  const { code, out, err } = await shop.sluice(
    ["subscriptions", "add", "--from", "-", "--for", "invoice", "--json"],
    { readInput: () => Promise.resolve(`\ufeff${JSON.stringify(fields)}`) },
  );
  assertEquals([code, JSON.parse(out).secret], [EXIT.done, secret]);
  assertEquals((out + err).includes("planted"), false);
  const listed = await shop.sluice(["subscriptions", "list", "--json"]);
  const [subscription] = JSON.parse(listed.out);
  assertEquals(
    [subscription.for, subscription.when, subscription.limits.concurrency],
    ["invoice", "paid", 2],
  );
  assertEquals(listed.out.includes("planted"), false);
  await shop.emit();
  await shop.sluice(["deliveries", "run"]);
  assertEquals(shop.got[0]?.headers.get("authorization"), "planted-token");
});

Deno.test("subscriptions add refuses input that is no JSON object", async () => {
  await using shop = await startShop();
  for (
    const [text, words] of [["{", "it is not JSON"], [
      "[]",
      "wanted a JSON object",
    ]] as const
  ) {
    const from = await shop.write("from.json", text);
    const { code, err } = await shop.sluice(
      ["subscriptions", "add", "--from", from],
    );
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, words);
  }
});

Deno.test("subscriptions add refuses a key that does not open what the application sealed", async () => {
  await using shop = await startShop();
  await shop.subscribe();
  await shop.emit();
  await shop.sluice(["deliveries", "run"]);
  const key = await shop.write(
    "other.key",
    `seal_${btoa("x".repeat(36))}\n`,
  );
  for (
    const args of [
      ["subscriptions", "add", shop.url],
      ["deliveries", "run"],
    ]
  ) {
    const { code, out, err } = await shop.sluice(
      [...args, "--sealing-key-file", key],
    );
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(err, "it was sealed with another key");
  }
  // Behind a new key, the old one still opens.
  const both = await shop.write(
    "both.key",
    `seal_${btoa("x".repeat(36))}\n${shop.sealingKey}\n`,
  );
  const { code } = await shop.sluice(
    ["deliveries", "run", "--sealing-key-file", both],
  );
  assertEquals(code, EXIT.done);
});

Deno.test("subscriptions list hides the query of a target, and pages", async () => {
  await using shop = await startShop();
  for (const scope of ["/a", "/a/b", "/c"]) {
    await shop.subscribe(["--scope", scope]);
  }
  const from = await shop.write(
    "from.json",
    JSON.stringify({ to: `${shop.url}?token=planted`, scope: "/a/x" }),
  );
  await shop.sluice(["subscriptions", "add", "--from", from]);
  const below = await shop.sluice(["subscriptions", "list", "--scope", "/a"]);
  assertEquals(below.out.split("\n").length, 4);
  assertStringIncludes(below.out, "/hook?[redacted]\n");
  const page = await shop.sluice(
    ["subscriptions", "list", "--limit", "3", "--json"],
  );
  const last = JSON.parse(page.out).at(-1).id;
  assertStringIncludes(page.err, `--after ${last}`);
  const rest = await shop.sluice(["subscriptions", "list", "--after", last]);
  assertEquals(rest.out.trim().split("\n").length, 1);
  assertEquals((below.out + page.out + rest.out).includes("planted"), false);
});

Deno.test("subscriptions deactivate, activate and remove need no key, and do what they say", async () => {
  await using shop = await startShop();
  const { id } = await shop.subscribe();
  const without = { env: { NO_COLOR: "1" } };
  const run = (args: string[]): ReturnType<typeof sluice> =>
    shop.sluice(["subscriptions", ...args], without);
  const off = await run(["deactivate", id, "--hold", "--message", "moving"]);
  assertEquals([off.code, off.out], [EXIT.done, ""]);
  assertStringIncludes((await run(["list"])).out, "holds");
  assertStringIncludes((await run(["list"])).out, "(moving)");
  const again = await run(["deactivate", id, "--hold", "--json"]);
  assertEquals(JSON.parse(again.out), { id, changed: false });

  await shop.emit();
  await shop.sluice(["deliveries", "run"]);
  assertEquals(shop.got.length, 0);
  const on = await run(["activate", id, "--json"]);
  assertEquals(JSON.parse(on.out), { id, changed: true });
  await shop.sluice(["deliveries", "run"]);
  assertEquals(shop.got.length, 1);

  const gone = await run(["remove", id, "--json"]);
  assertEquals(JSON.parse(gone.out), { id, removed: true });
  for (const name of ["remove", "activate", "deactivate"]) {
    const { code, err } = await run([name, id]);
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, "Cannot find the subscription");
  }
});

Deno.test("subscriptions rotate shows the new secret once, and both sign meanwhile", async () => {
  await using shop = await startShop();
  const { id, secret: old } = await shop.subscribe();
  const rotate = ["subscriptions", "rotate", id];
  const { out, err } = await shop.sluice([...rotate, "--json"]);
  const { secret } = JSON.parse(out);
  assertNotEquals(secret, old);
  assertEquals(err.includes("whsec_"), false);
  const own = (await generateSecret()).secret;
  const file = await shop.write("own.secret", `${own}\n`);
  await shop.sluice([...rotate, "--overlap", "60", "--secret-file", file]);
  await shop.emit();
  await shop.sluice(["deliveries", "run"]);
  const [request] = shop.got;
  for (const each of [old, secret, own]) {
    await verifySignature(request!.body, request!.headers, { secrets: [each] });
  }
  for (
    const [flags, words] of [
      [["--overlap", "9999999"], "Cannot use overlapMs"],
      [["--overlap", "soon"], "Wanted a number of seconds"],
      [["--secret-file", shop.path("sender.js")], "secret: wanted"],
    ] as const
  ) {
    const refused = await shop.sluice([...rotate, ...flags]);
    assertEquals([refused.code, refused.out], [EXIT.input, ""]);
    assertStringIncludes(refused.err, words);
  }
});

Deno.test("subscriptions explain says of each why, and asks for permissions when a module has them", async () => {
  await using shop = await startShop(
    "permissions: ({ principal }) => principal !== 'user_2'",
  );
  const { id } = await shop.subscribe([
    ...["--for", "invoice", "--owner", "user_1"],
  ]);
  const explain = ["subscriptions", "explain"];
  const data = await shop.write("data.json", '{"n":1}');
  const yes = await shop.sluice([...explain, "invoice.paid", "--data", data]);
  assertMatch(
    yes.out,
    new RegExp(`^yes {2}${id} {2}http://127[^ ]+\n {5}Its scope / covers /\n`),
  );
  const no = await shop.sluice(
    [...explain, "invoice.paid", "--actor", "user_2", "--json"],
  );
  const [verdict] = JSON.parse(no.out);
  assertEquals([verdict.subscription, verdict.receives], [id, false]);
  assertStringIncludes(verdict.reasons[0], "is denied");
  const wrong = await shop.sluice([...explain, "invoice"]);
  assertEquals(wrong.code, EXIT.input);
  assertStringIncludes(wrong.err, "wanted noun.verb");

  const store = ["--kv", shop.path("store")];
  const blind = await sluice([...explain, "invoice.paid", ...store]);
  assertEquals(blind.code, EXIT.done);
  assertStringIncludes(blind.err, "no permission was asked for");
});
