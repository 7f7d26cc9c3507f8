import { configOf } from "./_config.ts";
import { connect } from "./connect.ts";
import { addFile, expireFile } from "./files.ts";
import { createKeyRing } from "./_keys.ts";
import { readOptions, type SandboxOptions } from "./options.ts";
import { publish, publishMany } from "./publish.ts";
import type { Sandbox } from "./sandbox.ts";
import { encryptText } from "./_seal.ts";
import { serving } from "./_serving.ts";
import { createState, feedOf } from "./_state.ts";
import { catalog, trouble } from "./_switches.ts";
import { webhooks } from "./webhooks.ts";

/**
 * Creates a platform in memory.
 *
 * Nothing listens before {@linkcode Sandbox.listen}; in this process {@linkcode Sandbox.clientFetch} reaches it at once
 * and works on every host. The service's RSA keys are made here, about 200 ms; give `keys` where many sandboxes are
 * needed. Members can be taken out of the sandbox and called on their own.
 *
 * @example Over HTTP, closed at the end of the block
 * ```ts
 * import { createSandbox } from "@sluice/edge/sandbox";
 *
 * await using sandbox = await createSandbox({ clientId: "svc_shop" });
 * const server = await sandbox.listen();
 * sandbox.setFaults({ connections: { kind: "rate_limit", retryAfter: 1 } });
 *
 * const response = await fetch(`${server.url}/api/company-data/connections`);
 * console.log(response.status, await response.json()); // 429 { error: "…", error_key: "rate.limited" }
 * ```
 *
 * @param options Catalog, credentials, keys, clock; everything has a default.
 * @returns The sandbox. Dispose of it, or call `close`, when it listens.
 * @throws {TypeError | RangeError} When an option is of the wrong type or out of range.
 * @throws {ConfigError} When a given key is none.
 */
export async function createSandbox(
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const settings = readOptions(options);
  const state = createState(settings, await createKeyRing(settings));
  return {
    ...serving(state),
    ...catalog(state),
    ...trouble(state),
    ...webhooks(state),
    config: (overrides) => configOf(state, overrides),
    get url(): string {
      return state.origin;
    },
    publicKey: state.keys.publicKeyText,
    connect: (options) => connect(state, options),
    addFile: (person, options) => addFile(state, person, options),
    expireFile: (person, slug) => expireFile(state, { person, slug }),
    publish: (change) => publish(state, change),
    publishMany: (changes) => publishMany(state, changes),
    publishRaw: (row, options) =>
      feedOf(state, options?.webhookId).push({ row }),
    encrypt: (text) => encryptText(state, text),
    get pending(): number {
      return state.feed.size;
    },
    get takenCount(): number {
      return state.feed.taken;
    },
    backlog: (webhookId) => feedOf(state, webhookId).size,
  };
}
