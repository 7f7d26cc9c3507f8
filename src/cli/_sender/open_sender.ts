import type { Command } from "commander";
import { generateSealingKey, WebhookSender } from "../../delivery/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import {
  assertThere,
  kvError,
  LASTING_KV_WANTED,
  memoryError,
  openKv,
} from "../_kv/open_kv.ts";
import {
  noSealingKey,
  SEALING_KEY,
  type SealingKeyOptions,
  sealingKeysOf,
} from "./sealing_key.ts";
import { type DeliverySettings, loadDelivery } from "./settings.ts";

/** Which store, which key, and what else the application makes its sender with. */
export interface SenderOptions extends CommonOptions, SealingKeyOptions {
  readonly kv?: string;
  readonly module?: string;
}

/** What a command needs of the sender. */
export interface SenderNeeds {
  /** Whether something is sealed or opened. */
  readonly key: boolean;
  /** Whether a store that is not there is made. */
  readonly create?: boolean;
}

/** A sender, and what it was made with; closes its store. */
export interface OpenSender extends AsyncDisposable {
  readonly sender: WebhookSender;
  readonly settings: DeliverySettings;
}

/** Adds the options that say how the sender is made. */
export function withSender(command: Command): Command {
  return withSealing(
    command.option(
      "--kv <store>",
      `store of the application: ${LASTING_KV_WANTED}`,
    ),
  );
}

/** Adds those of them that go without the store. */
export function withSealing(command: Command): Command {
  return command
    .option(
      "--sealing-key-file <file>",
      `file that holds the sealing key, or several of which the first seals (default: the variable ${SEALING_KEY})`,
    )
    .option(
      "--module <file>",
      "module that exports, as default or as delivery, what else the application gives its sender: { prefix, permissions, dialects, kinds, targetPolicy }",
    );
}

/**
 * Opens the sender of an application.
 *
 * @throws {ConfigError} When an option is wrong, or the key is missing that is needed.
 */
export async function openSender(
  cli: Cli,
  options: SenderOptions,
  { key, create = false }: SenderNeeds,
): Promise<OpenSender> {
  const name = storeOf(options);
  const sealingKey = await sealingKeysOf(cli, options);
  if (key && !sealingKey) throw noSealingKey();
  const settings = await settingsOf(options);
  if (!create) await assertThere(name);
  const kv = await openKv(name, cli.host, { wanted: LASTING_KV_WANTED });
  try {
    const sender = new WebhookSender({
      ...settings,
      kv,
      // Where nothing is sealed or opened, a key that nobody knows will do.
      sealingKey: sealingKey ?? generateSealingKey(),
    });
    return { sender, settings, [Symbol.asyncDispose]: () => kv.close() };
  } catch (error) {
    await kv.close();
    throw error;
  }
}

/** The options of the module that was named. */
export async function settingsOf(
  { module }: SenderOptions,
): Promise<DeliverySettings> {
  return module === undefined ? {} : await loadDelivery(module);
}

/** Gives a subscription that must be there. */
export async function assertSubscription(
  sender: WebhookSender,
  id: string,
): Promise<void> {
  if (await sender.subscription(id)) return;
  throw new ConfigError(
    "Cannot find the subscription: wanted an id that subscriptions list shows",
  );
}

function storeOf({ kv }: SenderOptions): string {
  if (kv === undefined) {
    throw kvError(`it is missing, wanted ${LASTING_KV_WANTED}`);
  }
  if (kv === "memory") throw memoryError();
  return kv;
}
