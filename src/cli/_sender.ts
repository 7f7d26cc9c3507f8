import type { Command } from "commander";
import {
  type Delivery,
  generateSealingKey,
  WebhookSender,
} from "../delivery/mod.ts";
import { ConfigError, DecryptError } from "../errors.ts";
import type { Cli, CommonOptions } from "./_cli.ts";
import { type DeliverySettings, loadDelivery } from "./_load_delivery.ts";
import { assertThere, kvError, LASTING_KV_WANTED, openKv } from "./_open_kv.ts";
import {
  noSealingKey,
  SEALING_KEY,
  type SealingKeyOptions,
  sealingKeysOf,
} from "./_sealing_key.ts";

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
  const kv = await openKv(name, cli.host);
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

const MOST_SUBSCRIPTIONS = 5;
const MOST_DELIVERIES = 20;

/**
 * Opens some records of attempts, so that nothing is sealed with a key that the application does not have.
 *
 * @returns Whether one opened; `false` when there is none.
 * @throws {ConfigError} When there are some, and none of them opens.
 */
export async function proveKey(sender: WebhookSender): Promise<boolean> {
  const subscriptions = sender.subscriptions({ limit: MOST_SUBSCRIPTIONS });
  let unopened = false;
  return await opening(async () => {
    for await (const { id } of subscriptions) {
      let looked = 0;
      for await (const delivery of sender.deliveries(id)) {
        if (delivery.lastAttempts.length > 0) return true;
        unopened ||= isUnopened(delivery);
        if (++looked === MOST_DELIVERIES) break;
      }
    }
    if (unopened) throw otherKey();
    return false;
  });
}

/** Whether a delivery has attempts of which no record opens. */
export function isUnopened({ attempts, lastAttempts }: Delivery): boolean {
  return attempts > 0 && lastAttempts.length === 0;
}

/** Runs what opens something sealed, and says what to do when it does not open. */
export async function opening<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DecryptError)) throw error;
    throw otherKey();
  }
}

function otherKey(): ConfigError {
  return new ConfigError(
    "Cannot open what is sealed: it was sealed with another key, wanted every sealing key of the application",
  );
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
  if (kv !== "memory") return kv;
  throw kvError(
    "nothing in memory outlives the command, wanted the store of the application",
  );
}
