import { encodeUtf8, toHex } from "../../src/_internal/bytes.ts";
import { hmacSha256 } from "../../src/_internal/hmac.ts";
import type { JsonObject } from "../../src/company_data/mod.ts";
import type { Envelope } from "../../src/crypto/mod.ts";

/** The webhook settings of the receivers that the deliveries are for, in the keys of the configuration file. */
export const RECEIVERS = {
  hmac: { webhooks: { wh_1: "first secret", wh_2: "second secret" } },
  single: { webhook_secret: "flat secret" },
  bearer: { webhook_bearer_token: "token-0123456789" },
  basic: { webhook_basic: { username: "user", password: "pass:word" } },
  header: { webhook_header: { name: "X-Our-Key", value: "value-0123456789" } },
  none: { webhook_auth_none: true },
  unset: {},
} as const;

/** Which receiver a delivery is for. */
export type Receiver = keyof typeof RECEIVERS;

/** Headers as a list, so that one name can come twice. */
export type HeaderList = readonly (readonly [string, string])[];

/** One POST to a receiver, and what must come of it. */
export interface HostileDelivery {
  readonly name: string;
  readonly receiver: Receiver;
  readonly headers: HeaderList;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether the credentials are right. */
  readonly verify: boolean;
  /** What `parseWebhook` gives, which asks nobody for credentials. */
  readonly parse: "change" | "undecryptable" | "WebhookError";
  /** What an endpoint answers that stores first; a body above 1 MiB is 413 whoever sent it. */
  readonly status: 200 | 401 | 413;
  /** What becomes of it in the inbox, once everything before it in the table was delivered. */
  readonly end: "delivered" | "duplicate" | "dead" | "refused";
  /** The `raw` of the change that is delivered. */
  readonly raw?: JsonObject;
  /** Whether no HTTP client sends such headers, so that it can only be tried without a network. */
  readonly unsendable: boolean;
}

/** What makes values and envelopes that the receiver can open. */
export interface HostileWorld {
  /** Encrypts for the service's key, with SHA-256. */
  value(text: string): Promise<Envelope>;
  /** Encrypts for the company's key, with SHA-1. */
  envelope(text: string): Promise<Envelope>;
  /** Encrypts for the company's key, with SHA-256. */
  wrongHash(text: string): Promise<Envelope>;
}

/** A delivery before its credentials are made. */
export interface Draft {
  readonly name: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly parse?: HostileDelivery["parse"];
  readonly end?: HostileDelivery["end"];
  readonly raw?: JsonObject;
  readonly headers?: HeaderList;
}

/** The longest body that a receiver takes by default. */
export const MIB: number = 1024 * 1024;

/** A delivery with the right signature of the webhook `wh_1`; what it holds does not change that. */
export async function genuineDelivery(draft: Draft): Promise<HostileDelivery> {
  const secret = RECEIVERS.hmac.webhooks.wh_1;
  const signature = await signHex(secret, bytesOf(draft.body));
  return finish(draft, {
    receiver: "hmac",
    headers: [
      ["X-Allus-Webhook-Id", "wh_1"],
      ["X-Allus-Signature", signature],
      ...draft.headers ?? [],
    ],
    verify: true,
  });
}

/** Fills in what follows from the rest. */
export function finish(
  draft: Draft,
  parts: { receiver: Receiver; headers: HeaderList; verify: boolean },
): HostileDelivery {
  const body = bytesOf(draft.body);
  const large = body.length > MIB;
  const stored = parts.verify && !large;
  const { parse = "change", raw } = draft;
  const end = draft.end ?? (parse === "change" ? "delivered" : "dead");
  return {
    ...parts,
    name: `${parts.receiver}: ${draft.name}`,
    body,
    parse,
    status: large ? 413 : parts.verify ? 200 : 401,
    end: stored ? end : "refused",
    ...(raw && { raw }),
    unsendable: !parts.headers.every(isSendable),
  };
}

/** The bytes of a text. */
export function bytesOf(
  body: string | Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? encodeUtf8(body) : body;
}

/** The signature as the platform writes it. */
export async function signHex(
  secret: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return toHex(await hmacSha256(encodeUtf8(secret)).sign(body));
}

function isSendable([name, value]: readonly [string, string]): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false; // what a client refuses, no server ever sees
  }
}
