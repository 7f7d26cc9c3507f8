import { isObject } from "../../_internal/json.ts";
import type { WebhookSenderOptions } from "../../delivery/mod.ts";
import { loadExport } from "../_files/load_export.ts";

/** What an application makes its sender with, besides the store and the key. */
export type DeliverySettings = Omit<WebhookSenderOptions, "kv" | "sealingKey">;

// A misspelt name must not pass for an option that was left out: `permission` would let everything through.
const NAMES: Readonly<Record<keyof DeliverySettings, true>> = {
  prefix: true,
  permissions: true,
  dialects: true,
  kinds: true,
  targetPolicy: true,
  fetch: true,
  clock: true,
  random: true,
  onEvent: true,
  timeoutMs: true,
  retryDelaysMs: true,
  maxRetryAfterMs: true,
  circuit: true,
};

/**
 * Loads the options of the sender that a module exports as `default` or `delivery`.
 *
 * @throws {ConfigError} When there is no such module, or it exports none.
 */
export async function loadDelivery(path: string): Promise<DeliverySettings> {
  return await loadExport(path, {
    names: ["default", "delivery"],
    wanted:
      `an object as its default export or as \`delivery\`, with options of WebhookSender: ${
        Object.keys(NAMES).join(", ")
      }`,
    is: isSettings,
  });
}

function isSettings(value: unknown): value is DeliverySettings {
  return isObject(value) && typeof value["deliverDue"] !== "function" &&
    Object.keys(value).every((name) => Object.hasOwn(NAMES, name));
}
