import { ConfigError, WebhookError } from "../errors.ts";
import type { Decoder } from "./_decoder.ts";
import {
  createVerifier,
  eventHeaderOf,
  type Verifier,
} from "./_webhook_auth.ts";
import { type AccountKey, readBody } from "./_webhook_body.ts";
import {
  type Delivery,
  readDelivery,
  TOO_LARGE,
  type WebhookArguments,
} from "./_webhook_delivery.ts";
import type { WebhookAuth } from "./config.ts";
import type { Change } from "./models.ts";

export type {
  WebhookArguments,
  WebhookBody,
  WebhookHeaders,
  WebhookHeaderValue,
  WebhookReadOptions,
} from "./_webhook_delivery.ts";

/** What webhooks are checked and read with. */
export interface WebhookParts {
  readonly auth: WebhookAuth | undefined;
  /** Absent when no account key is configured: envelopes cannot be opened then. */
  readonly accountKey: AccountKey | undefined;
  readonly decoder: Decoder;
}

/** Checks and reads deliveries. */
export class Webhooks {
  readonly #parts: WebhookParts;
  /** The one way to a delivery that is believed. */
  readonly verifier: Verifier;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
    this.verifier = createVerifier(parts.auth);
  }

  /** Tells whether the credentials are right; a body that is too large is not looked at. */
  async verify(given: WebhookArguments): Promise<boolean> {
    const delivery = await readDelivery(given);
    return delivery !== TOO_LARGE &&
      await this.verifier(delivery) !== undefined;
  }

  /** Reads a delivery, whoever sent it. */
  async parse(given: WebhookArguments): Promise<Change> {
    return await this.#read(await whole(given));
  }

  /** Checks, then reads. */
  async handle(given: WebhookArguments): Promise<Change> {
    const delivery = await this.verifier(await whole(given));
    if (delivery) return await this.#read(delivery);
    throw new WebhookError(
      this.#parts.auth
        ? "Cannot accept the webhook: its credentials are missing or wrong"
        : "Cannot accept the webhook: no way to authenticate webhooks is configured",
    );
  }

  async #read(delivery: Delivery): Promise<Change> {
    const { auth, accountKey, decoder } = this.#parts;
    const row = await readBody(delivery.body, accountKey).catch(asWebhookError);
    const eventHeader = eventHeaderOf(delivery, auth);
    return await decoder.change(row, { eventHeader });
  }
}

async function whole(given: WebhookArguments): Promise<Delivery> {
  const delivery = await readDelivery(given);
  if (delivery !== TOO_LARGE) return delivery;
  throw new WebhookError(
    "Cannot read the webhook: its body is longer than maxBodyBytes",
  );
}

// In this family an account key that cannot be used is an error of the webhook.
function asWebhookError(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  throw new WebhookError(
    "Cannot read the webhook: the account key cannot be used",
    { cause: error },
  );
}
