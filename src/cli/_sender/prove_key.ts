import type { Delivery, WebhookSender } from "../../delivery/mod.ts";
import { ConfigError, DecryptError } from "../../errors.ts";

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
