import { generateKeyPair } from "../../src/crypto/mod.ts";
import { Client, type ClientOptions } from "../../src/company_data/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxOptions,
} from "../../src/sandbox/mod.ts";

// One key pair for all tests of a file: making one costs a tenth of a second.
const keys = await generateKeyPair();

/** A sandbox behind a real HTTP server, and a client of it. */
export interface TestPlatform extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly kv: KvStore;
  /** One more client of the same sandbox and store. */
  another(options?: ClientOptions): Promise<Client>;
}

/** Starts a sandbox on a free loopback port. */
export async function startPlatform(
  options: SandboxOptions & {
    config?: Record<string, unknown>;
    client?: ClientOptions;
  } = {},
): Promise<TestPlatform> {
  const { config = {}, client: clientOptions = {}, ...sandboxOptions } =
    options;
  const sandbox = await createSandbox({
    keys,
    keyIterations: 1_000,
    ...sandboxOptions,
  });
  await sandbox.listen({ port: 0 });
  const kv = clientOptions.kv ?? memoryKv();
  const another = (more: ClientOptions = {}): Promise<Client> =>
    Client.fromConfig(sandbox.config(config), {
      env: {},
      kv,
      ...clientOptions,
      ...more,
    });
  return {
    sandbox,
    kv,
    another,
    client: await another(),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}
