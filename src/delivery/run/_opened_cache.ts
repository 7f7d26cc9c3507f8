import { loadEvent } from "../_event_store.ts";
import type { SubscriptionRow } from "../_rows.ts";
import type { Credentials } from "./_run_context.ts";
import { openSealed, secretsAt } from "../subscriptions/sealed.ts";
import { createSigner } from "../signing/signer.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { EmittedEvent } from "../event.ts";

// One event goes to many endpoints, and one endpoint gets many events, soon after each other.
const MOST_EVENTS = 64;
const MOST_CREDENTIALS = 256;
const FRESH_MS = 60_000;

/** What was unsealed lately in this run, so that it is not unsealed for each request. */
export class OpenedCache {
  readonly #sender: SenderParts;
  readonly #events = new Map<string, Promise<EmittedEvent | undefined>>();
  readonly #credentials = new Map<string, Promise<Credentials>>();

  constructor(sender: SenderParts) {
    this.#sender = sender;
  }

  event(place: { at: number; id: string }): Promise<EmittedEvent | undefined> {
    return remember(this.#events, {
      key: `${place.at} ${place.id}`,
      most: MOST_EVENTS,
      make: () => loadEvent(this.#sender, place),
    });
  }

  credentials(row: SubscriptionRow): Promise<Credentials> {
    // Old secrets have an end, and a run may last for days.
    const time = Math.floor(this.#sender.now() / FRESH_MS);
    return remember(this.#credentials, {
      // Sealed anew with each change, and with another nonce; for another target it must not open.
      key: `${time} ${row.to} ${row.sealed}`,
      most: MOST_CREDENTIALS,
      make: () => this.#open(row),
    });
  }

  async #open(row: SubscriptionRow): Promise<Credentials> {
    const sealed = await openSealed(this.#sender, row);
    const secrets = secretsAt(sealed, this.#sender.now())
      .map(({ secret }) => secret);
    const signer = secrets.length > 0 ? createSigner(secrets) : undefined;
    return { sealed, signer };
  }
}

function remember<T>(
  map: Map<string, Promise<T>>,
  { key, most, make }: { key: string; most: number; make: () => Promise<T> },
): Promise<T> {
  const known = map.get(key);
  if (known) return known;
  const made = make();
  map.set(key, made);
  // What failed is tried again by the next one who asks.
  made.catch(() => map.delete(key));
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
  return made;
}
