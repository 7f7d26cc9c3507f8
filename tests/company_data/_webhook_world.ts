import { toBase64 } from "../../src/_internal/base64.ts";
import { Client, type ClientOptions } from "../../src/company_data/mod.ts";
import {
  encodePem,
  encryptEnvelope,
  generateKeyPair,
  importPublicKey,
} from "../../src/crypto/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxOptions,
} from "../../src/sandbox/mod.ts";
import type { HostileWorld } from "./hostile_deliveries.ts";

const [keys, accountKeys] = await Promise.all([
  generateKeyPair(),
  generateKeyPair(),
]);
const [account, wrong] = await Promise.all([
  importPublicKey(toBase64(accountKeys.publicKey), { hash: "SHA-1" }),
  importPublicKey(toBase64(accountKeys.publicKey), { hash: "SHA-256" }),
]);

/** A platform in this process, and the keys that its deliveries are made with. */
export interface WebhookWorld extends HostileWorld {
  readonly sandbox: Sandbox;
  /** A client with these settings over the sandbox's, and a store of its own. */
  client(
    config?: Readonly<Record<string, unknown>>,
    options?: ClientOptions,
  ): Promise<Client>;
}

/** Creates a platform that does not listen. */
export async function webhookWorld(
  options: SandboxOptions = {},
): Promise<WebhookWorld> {
  const sandbox = await createSandbox({
    keys,
    accountKeys,
    passphrase: null,
    ...options,
  });
  return {
    sandbox,
    value: (text) => sandbox.encrypt(text),
    envelope: (text) => encryptEnvelope(text, account),
    wrongHash: (text) => encryptEnvelope(text, wrong),
    client: (config = {}, clientOptions = {}) =>
      Client.fromConfig(
        sandbox.config({ account_private_key: accountPem(), ...config }),
        {
          env: {},
          kv: memoryKv(),
          fetch: sandbox.clientFetch,
          ...clientOptions,
        },
      ),
  };
}

/** The company's key, not encrypted. */
export function accountPem(): string {
  return encodePem(accountKeys.privateKey, "PRIVATE KEY");
}
