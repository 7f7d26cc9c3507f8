import { assert } from "@std/assert";
import {
  encodePem,
  encryptPkcs8,
  generateKeyPair,
  importPrivateKey,
} from "../../src/crypto/mod.ts";
import { Client, type ClientOptions } from "../../src/company_data/mod.ts";
import { webhookReceiver } from "../../src/hono/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { accountPem } from "../company_data/_webhook_world.ts";
import { signHex } from "../company_data/_hostile_delivery.ts";
import { jumpingClock } from "../_support/clock.ts";
import { Evidence } from "./_evidence.ts";
import { hostileFetch, STRIKES } from "./_hostile_fetch.ts";

const keys = await generateKeyPair();

/** The middle of a PEM text: enough to know it by, on one line. */
function lineOf(pem: string): string {
  const lines = pem.split("\n");
  return lines[Math.floor(lines.length / 2)] ?? "";
}

/** A platform and a client of it whose every word is gathered. */
async function world(
  config: Record<string, unknown> = {},
  options: ClientOptions = {},
): Promise<{
  evidence: Evidence;
  sandbox: Awaited<ReturnType<typeof createSandbox>>;
  hostile: ReturnType<typeof hostileFetch>;
  kv: ReturnType<typeof memoryKv>;
  client: Client;
}> {
  const evidence = new Evidence();
  const sandbox = await createSandbox({
    keys,
    keyIterations: 1,
    clientSecret: evidence.plant("client secret", "pl4nted/client+secret=é"),
    passphrase: evidence.plant("passphrase", "pl4nted passphrase ü%&"),
  });
  const settings = sandbox.config({
    account_private_key: accountPem(),
    ...config,
  });
  evidence.plant("service key", lineOf(String(settings.service_private_key)));
  evidence.plant("account key", lineOf(accountPem()));
  const hostile = hostileFetch(async (url, init) => {
    const response = await sandbox.clientFetch(url, init);
    if (!String(url).includes("token")) return response;
    const body = await response.clone().json();
    const token = body.access_token ?? body.token;
    if (token) evidence.plant(`token ${token}`, token);
    return response;
  });
  const kv = memoryKv();
  const client = await Client.fromConfig(settings, {
    env: {},
    kv,
    fetch: hostile.fetch,
    logger: evidence.logger,
    onEvent: evidence.onEvent,
    sleep: jumpingClock().sleep,
    random: () => 0,
    ...options,
  });
  return { evidence, sandbox, hostile, kv, client };
}

const instantly = { backoff: (): number => 0 };

Deno.test("processChanges() shows no planted secret or value, whatever platform and handler do", async () => {
  const { evidence, sandbox, hostile, kv, client } = await world();
  const person = await sandbox.connect({
    displayName: "Anna",
    values: { email: evidence.plant("email", "pl4nted-anna@sluice.example") },
  });
  const publish = async (name: string): Promise<void> => {
    const value = evidence.plant(name, `pl4nted-value-of-${name}`);
    await sandbox.publish({
      event: "field_updated",
      person,
      slug: "email",
      value,
    });
  };
  for (const [i, strike] of STRIKES.entries()) {
    await publish(`change ${i}`);
    for (const where of [/token/, /changes/, /fields|connections/]) {
      sandbox.expireTokens();
      hostile.strike(strike, where);
      await evidence.attempt(() =>
        client.processChanges(() => {}, { ...instantly, maxRetries: 0 })
      );
      await evidence.attempt(() => client.requestFields());
      await evidence.attempt(() => client.connection(person.userId));
      await evidence.attempt(() => client.logs());
      await evidence.attempt(async () => {
        for await (const _ of client.connections()) break;
      });
      hostile.strike(undefined);
    }
  }
  await publish("dead");
  const [row] = [{ id: "x", event: "field_updated", slug: "email" }];
  sandbox.publishRaw({ ...row, value: { k: "AAAA", iv: "AAAA", d: "AAAA" } });
  sandbox.publishRaw("no row");
  await client.processChanges(({ value }) => {
    throw Object.assign(new Error(`Cannot store ${value}`, { cause: value }), {
      value,
    });
  }, { ...instantly, maxRetries: 1 });
  await client.processChanges(() => {}, instantly);
  for (const letter of await client.deadLetters()) {
    evidence.add("dead letter", letter);
  }
  for await (const line of client.exportDeadLetters()) {
    evidence.add("dead letter", line);
  }
  evidence.add("answer", await client.health());
  evidence.add("answer", client);
  await evidence.addStore(kv);
  assert(hostile.struck > 20);
  for (
    const kind of ["error", "log", "event", "dead letter", "store"] as const
  ) {
    assert(evidence.count(kind) > 0, kind);
  }
  evidence.assertClean();
});

const METHODS: Record<string, (secret: string) => Record<string, unknown>> = {
  hmac: (secret) => ({ webhook_secret: secret }),
  each: (secret) => ({ webhooks: { wh_1: secret } }),
  bearer: (secret) => ({ webhook_bearer_token: secret }),
  basic: (secret) => ({
    webhook_basic: { username: "sluice", password: secret },
  }),
  header: (secret) => ({ webhook_header: { name: "X-Key", value: secret } }),
};

for (const [method, configOf] of Object.entries(METHODS)) {
  Deno.test(`webhooks authenticated by ${method} show no planted secret`, async () => {
    const secret = `pl4nted+${method}/secret&more`;
    const { evidence, kv, client } = await world(configOf(secret));
    evidence.plant("webhook secret", secret);
    const basic = btoa(`sluice:${secret}`);
    const plain = evidence.plant("credential", `pl4nted-wrong-${method}`);
    const body = JSON.stringify({
      id: "r1",
      event: "field_updated",
      person_user_id: "p1",
      slug: "email",
      value: { k: "AAAA", iv: "AAAA", d: "AAAA" },
    });
    const bytes = new TextEncoder().encode(body);
    const right = {
      "X-Allus-Webhook-Id": "wh_1",
      "X-Allus-Signature": await signHex(secret, bytes),
      Authorization: method === "basic" ? `Basic ${basic}` : `Bearer ${secret}`,
      "X-Key": secret,
    };
    const wrong = {
      "X-Allus-Webhook-Id": "wh_1",
      "X-Allus-Signature": plain,
      Authorization: `Bearer ${plain}`,
      "X-Key": plain,
    };
    const receive = webhookReceiver(client, {
      onFailure: (error) => evidence.add("error", error),
    });
    for (const headers of [right, wrong]) {
      for (
        const text of [
          body,
          "{",
          "<a>",
          `{"_enc":1,"k":"AA","iv":"AA","d":"AA"}`,
        ]
      ) {
        await evidence.attempt(() => client.handleWebhook(text, headers));
        await evidence.attempt(() => client.parseWebhook(text, headers));
        await evidence.attempt(() => client.storeWebhook(text, headers));
        const request = new Request("https://us.example/hook", {
          method: "POST",
          headers,
          body: text,
        });
        await evidence.attempt(async () => {
          const answer = await receive({ req: { raw: request } } as never);
          return `${answer.status} ${await answer.text()} ${
            JSON.stringify([...answer.headers])
          }`;
        });
      }
    }
    await evidence.attempt(() => client.processInbox(() => {}, instantly));
    for (const letter of await client.deadLetters({ source: "inbox" })) {
      evidence.add("dead letter", letter);
    }
    await evidence.addStore(kv);
    for (
      const kind of ["error", "log", "event", "dead letter", "store"] as const
    ) assert(evidence.count(kind) > 0, kind);
    evidence.assertClean();
  });
}

Deno.test("a configuration that cannot be used shows no planted secret", async () => {
  const evidence = new Evidence();
  const passphrase = evidence.plant("passphrase", "pl4nted wrong passphrase");
  const secret = evidence.plant("secret", "pl4nted-client-secret");
  const pem = await encryptPkcs8(keys.privateKey, "the right one", {
    iterations: 1_000,
  });
  const plainPem = encodePem(keys.privateKey, "PRIVATE KEY");
  evidence.plant("sealed key", lineOf(pem));
  evidence.plant("key", lineOf(plainPem));
  const good = {
    api_url: "https://api.example",
    client_id: "id",
    client_secret: secret,
    service_private_key: pem,
    key_passphrase: passphrase,
  };
  const bad: unknown[] = [
    good,
    { ...good, service_private_key: plainPem.slice(0, 300) },
    { ...good, service_private_key: btoa(plainPem), key_passphrase: secret },
    { ...good, service_private_key: secret },
    { ...good, api_url: `ftp://anna:${secret}@api.example/?x=${secret}` },
    { ...good, api_url: secret },
    { ...good, client_id: "", webhook_secret: secret, webhooks: { a: secret } },
    { ...good, webhook_basic: { username: "", password: secret } },
    { ...good, webhook_header: { name: secret, value: secret } },
    { ...good, webhook_bearer_token: [secret] },
    JSON.stringify(good),
    `${secret}\n${plainPem}`,
  ];
  for (const config of bad) {
    await evidence.attempt(async () => {
      const client = await Client.fromConfig(config as object, { env: {} });
      await client.ready();
    });
  }
  await evidence.attempt(() =>
    importPrivateKey(pem, { hash: "SHA-256", passphrase })
  );
  await evidence.attempt(() => importPrivateKey(secret, { hash: "SHA-256" }));
  assert(evidence.count("error") >= bad.length);
  evidence.assertClean();
});
