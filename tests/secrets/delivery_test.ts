import { assert } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { WebhookSender } from "../../src/delivery/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { all, makeSender } from "../delivery/_sender.ts";
import { Evidence } from "./_evidence.ts";
import { dropAndTell, echo } from "./_hostile_fetch.ts";

const TO = "https://hooks.example.com/in";

Deno.test("a sender shows no planted secret, whatever its receivers and its monitor do", async () => {
  const evidence = new Evidence();
  const kv = memoryKv();
  const secret = `whsec_${btoa("pl4nted signing secret of 32 byte")}`;
  evidence.plant("signing secret", secret.slice(6));
  const bearer = evidence.plant("bearer", "pl4nted-bearer/of+receiver");
  const password = evidence.plant("password", "pl4nted:päss word");
  const apiKey = evidence.plant("api key", "pl4nted-api-key");
  const query = evidence.plant("query", "pl4nted-query-of-target");
  const signature = evidence.plant("presigned", "pl4nted-presigned-signature");
  let turn = 0;
  const answers: ((request: Request) => Promise<Response>)[] = [
    (request) => echo(request, 500),
    (request) =>
      echo(request, 400, { "x-request": apiKey, "set-cookie": bearer }),
    (request) =>
      echo(request, 302, { location: `${TO}?X-Amz-Signature=${signature}` }),
    (request) => echo(request, 429, { "retry-after": "1", "x-auth": password }),
    dropAndTell,
    (request) => echo(request, 200),
    (request) => echo(request, 410),
  ];
  const { sender, clock } = makeSender({
    kv,
    retryDelaysMs: Array(12).fill(10),
    circuit: { failures: 100 },
    onEvent: evidence.onEvent,
    async fetch(url, init): Promise<Response> {
      const answer = answers[turn++ % answers.length] ?? dropAndTell;
      return await answer(new Request(url, init));
    },
  });
  const headers = {
    authorization: `Bearer ${bearer}`,
    "x-api-key": apiKey,
    "x-password": encodeURIComponent(password),
  };
  const { subscription } = await sender.subscribe({
    to: `${TO}?token=${query}`,
    signing: { secret },
    headers,
  });
  // The address itself belongs to the subscription; what it is asked with must not be in what is recorded of requests.
  const shown = await all(sender.subscriptions());
  assert(JSON.stringify(shown).includes(query));
  for (const data of ["pl4nted-data-1", "pl4nted-data-2"]) {
    await sender.emit({
      name: "invoice.paid",
      data: { total: evidence.plant(data, data) },
    });
  }
  for (let i = 0; i < answers.length; i++) {
    await evidence.attempt(() => sender.deliverDue());
    await clock.sleep(10_000);
  }
  await evidence.attempt(() => sender.health());
  const deliveries = await all(sender.deliveries(subscription.id));
  assert(deliveries.some(({ lastAttempts }) => lastAttempts.length > 1));
  for (const { lastAttempts, ...delivery } of deliveries) {
    evidence.add("dead letter", delivery);
    for (const { response, ...attempt } of lastAttempts) {
      evidence.add("dead letter", attempt);
      // A receiver's own words may repeat the data, and lie sealed in the store.
      const answer = JSON.stringify(response)
        .replaceAll(/pl4nted-data-\d/g, "data")
        .replaceAll(/[\w+/=-]{100,}/g, "");
      evidence.add("dead letter", answer);
    }
  }
  evidence.add("answer", [sender, subscription.statusMessage]);
  for await (const { key, value } of kv.list({ prefix: [] })) {
    const isSubscription = JSON.stringify(value)?.includes(`token=${query}`);
    if (!isSubscription) evidence.add("store", [key, value]);
    else {
      const { to: _to, ...rest } = value as Record<string, unknown>;
      evidence.add("store", JSON.stringify([key, rest]).replaceAll(query, ""));
    }
  }
  assert(evidence.count("event") > 10);
  evidence.assertClean();
});

Deno.test("a sender that refuses shows no planted secret", async () => {
  const evidence = new Evidence();
  const secret = evidence.plant("secret", "pl4nted-signing-secret");
  const user = evidence.plant("password", "pl4nted-password");
  const header = evidence.plant("header", "pl4nted-header-value");
  const kv = memoryKv();
  const { sender } = makeSender({ kv });
  const refused: unknown[] = [
    { to: `https://anna:${user}@hooks.example.com/` },
    { to: `https://10.1.2.3/?token=${secret}` },
    { to: `ftp://hooks.example.com/?token=${secret}` },
    { to: TO, signing: { secret } },
    { to: TO, signing: { secret: `whsec_${secret}` } },
    { to: TO, signing: secret },
    { to: TO, headers: { authorization: `${header}\n` } },
    { to: TO, headers: { "bad name": header } },
    { to: TO, headers: { "webhook-id": header } },
    { to: TO, headers: header },
    { to: TO, limits: { concurrency: header } },
  ];
  for (const input of refused) {
    await evidence.attempt(() => sender.subscribe(input as never));
  }
  const key = evidence.plant("sealing key", generateSealingKey());
  await evidence.attempt(() =>
    new WebhookSender({ kv, sealingKey: key.slice(0, -4) })
  );
  evidence.plant("start of sealing key", key.slice(0, 30));
  const other = new WebhookSender({ kv, sealingKey: key });
  await sender.subscribe({ to: TO, headers: { authorization: header } });
  await sender.emit({
    name: "a.b",
    data: evidence.plant("data", "pl4nted-data"),
  });
  await evidence.attempt(() => other.deliverDue({ waitMs: 0 }));
  assert(evidence.count("error") >= refused.length);
  await evidence.addStore(kv);
  evidence.assertClean();
});
