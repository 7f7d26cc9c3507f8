import { fromBase64 } from "../../src/_internal/base64.ts";
import { Client } from "../../src/company_data/mod.ts";
import {
  decryptPkcs8,
  generateKeyPair,
  importPrivateKey,
} from "../../src/crypto/mod.ts";
import { fsKv } from "../../src/kv/fs.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { compare, inParallel, perSecond, type Row } from "./_measure.ts";

const VALUES = 600;
const EVENTS = 20_000;

/** Keys, connections and the feed against what the platform's own calls can do. */
export async function clientBench(): Promise<Row[]> {
  const keys = await generateKeyPair();
  const sandbox = await createSandbox({ keys });
  await sandbox.listen({ port: 0 });
  const dir = await Deno.makeTempDir();
  const kv = await fsKv(`${dir}/store`);
  try {
    return [
      await pemLoad(sandbox),
      await connections(sandbox, kv),
      await changes(sandbox, kv),
      await plainChanges(sandbox, kv),
    ];
  } finally {
    await kv.close();
    await sandbox.close();
    await Deno.remove(dir, { recursive: true });
  }
}

async function pemLoad(sandbox: Sandbox): Promise<Row> {
  const { service_private_key: pem, key_passphrase: passphrase = "" } = sandbox
    .config();
  const { ratio, subject, ceiling } = await compare(20, {
    subject: () =>
      times(20, () => importPrivateKey(pem, { passphrase, hash: "SHA-256" })),
    ceiling: () => times(20, () => rawPbkdf2(passphrase)),
  });
  return {
    what: "open a private key (PBES2, 100,000 iterations)",
    reached: perSecond(subject, "keys"),
    ceiling: perSecond(ceiling, "PBKDF2"),
    ratio,
    wanted: null,
  };
}

async function rawPbkdf2(passphrase: string): Promise<void> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(passphrase),
    "PBKDF2",
    false,
    ["deriveBits"],
  );
  await crypto.subtle.deriveBits(
    {
      name: "PBKDF2",
      hash: "SHA-256",
      salt: new Uint8Array(16),
      iterations: 100_000,
    },
    key,
    256,
  );
}

async function connections(sandbox: Sandbox, kv: KvStore): Promise<Row> {
  for (let i = 0; i < VALUES / 5; i++) {
    await sandbox.connect({
      values: {
        email: "a@example.com",
        phone: "+4912345678",
        job_title: "Engineer",
        country: "DE",
        birth_date: "1990-01-01",
      },
    });
  }
  const client = await clientOf(sandbox, kv);
  const raw = await rawDecryption(sandbox);
  await Array.fromAsync(client.connections(1));
  const { ratio, subject, ceiling } = await compare(VALUES, {
    subject: () => Array.fromAsync(client.connections()),
    ceiling: raw,
  });
  return {
    what: "connections(), values",
    reached: perSecond(subject, "values"),
    ceiling: perSecond(ceiling, "subtle.decrypt in parallel"),
    ratio,
    wanted: 0.85,
  };
}

async function changes(sandbox: Sandbox, kv: KvStore): Promise<Row> {
  const client = await clientOf(sandbox, kv);
  const raw = await rawDecryption(sandbox);
  const rows = Array.from(
    { length: VALUES },
    (_, i) => ({
      event: "field_updated",
      slug: "email",
      value: `p${i}@example.com`,
    }),
  );
  const wire = await sandbox.publishMany(rows);
  await client.processChanges(() => {}, { batchSize: 500 });
  const { ratio, subject, ceiling } = await compare(VALUES, {
    subject: async () => {
      for (const row of wire) sandbox.publishRaw(row);
      await client.processChanges(() => {}, { batchSize: 500 });
    },
    ceiling: raw,
  });
  return {
    what: "processChanges(), encrypted values, fsKv",
    reached: perSecond(subject, "values"),
    ceiling: perSecond(ceiling, "subtle.decrypt in parallel"),
    ratio,
    wanted: 0.9,
  };
}

async function plainChanges(sandbox: Sandbox, kv: KvStore): Promise<Row> {
  const client = await clientOf(sandbox, kv);
  const publish = (): void => {
    for (let i = 0; i < EVENTS; i++) {
      sandbox.publishRaw({
        id: `chg-${i}`,
        event: "consent_accepted",
        person_user_id: `p${i % 50}`,
        slug: "email",
        at: "2026-01-01T00:00:00Z",
      });
    }
  };
  const token = await tokenOf(sandbox);
  const { ratio, subject, ceiling } = await compare(EVENTS, {
    subject: async () => {
      publish();
      await client.processChanges(() => {}, { batchSize: 500 });
    },
    ceiling: async () => {
      publish();
      await fetchAll(sandbox, token);
    },
  });
  return {
    what:
      "processChanges(), events without values, fsKv (over 20,000/s wanted)",
    reached: perSecond(subject, "events"),
    ceiling: perSecond(ceiling, "fetch + JSON.parse"),
    ratio,
    wanted: 0.1,
  };
}

/** Fetches and parses the whole feed, and keeps nothing. */
export async function fetchAll(sandbox: Sandbox, token: string): Promise<void> {
  for (;;) {
    const answer = await fetch(
      `${sandbox.url}/api/company-data/changes?limit=500`,
      {
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/json",
        },
      },
    );
    const { changes } = JSON.parse(await answer.text()) as {
      changes: unknown[];
    };
    if (changes.length === 0) return;
  }
}

/** A bearer token of the sandbox. */
export async function tokenOf(sandbox: Sandbox): Promise<string> {
  const { client_id, client_secret } = sandbox.config();
  const answer = await fetch(`${sandbox.url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id,
      client_secret,
    }),
  });
  return (await answer.json() as { access_token: string }).access_token;
}

/** The RSA step of as many values, as fast as the platform does it on all cores. */
export async function rawDecryption(
  sandbox: Sandbox,
): Promise<() => Promise<void>> {
  const { service_private_key: pem, key_passphrase: passphrase = "" } = sandbox
    .config();
  const der = await decryptPkcs8(pem, passphrase);
  const key = await crypto.subtle.importKey(
    "pkcs8",
    der,
    { name: "RSA-OAEP", hash: "SHA-256" },
    false,
    ["decrypt"],
  );
  const { k } = await sandbox.encrypt("p@example.com");
  const wrapped = fromBase64(k) ?? new Uint8Array();
  return () =>
    inParallel(
      VALUES,
      32,
      () => crypto.subtle.decrypt("RSA-OAEP", key, wrapped),
    );
}

async function clientOf(sandbox: Sandbox, kv: KvStore): Promise<Client> {
  const client = await Client.fromConfig(sandbox.config(), {
    env: {},
    kv,
  });
  await client.ready();
  return client;
}

async function times(
  count: number,
  call: () => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < count; i++) await call();
}
