import { assertInteger } from "../../_internal/assert.ts";
import { toBase64 } from "../../_internal/base64.ts";
import type { Bytes } from "../../_internal/bytes.ts";
import { readSigningKeys, refuse, type SigningKey } from "./signing_key.ts";
import {
  HEADER,
  isMessageId,
  MOST_TIMESTAMP,
  signingText,
} from "./_signing_text.ts";

/** Signs the requests of one endpoint. */
export interface Signer {
  /** The three headers of Standard Webhooks for a body; it is copied before anything is awaited. */
  headers(
    id: string,
    timestampSeconds: number,
    body: Bytes,
  ): Promise<Record<string, string>>;
}

/** The headers that carry a signature. */
export type SignatureHeaders = Record<
  "webhook-id" | "webhook-timestamp" | "webhook-signature",
  string
>;

interface Signing {
  readonly id: string;
  readonly timestamp: number;
  readonly body: Uint8Array;
}

/** Signs with every secret, of whatever versions, in their order. Each is imported once. */
export function createSigner(secrets: readonly string[]): Signer {
  const sign = signWith(readSigningKeys(secrets));
  return {
    headers: (id, timestamp, body) => sign({ id, timestamp, body }),
  };
}

/** Signs with keys that have been read. */
export function signWith(
  keys: readonly SigningKey[],
): (signing: Signing) => Promise<SignatureHeaders> {
  const signers = keys.map(readSigner);
  return async ({ id, timestamp, body }) => {
    assertMessageId(id);
    assertInteger(timestamp, "timestamp", { min: 0, max: MOST_TIMESTAMP });
    const text = signingText({ id, timestamp: `${timestamp}`, body });
    const signatures = await Promise.all(signers.map((sign) => sign(text)));
    return {
      [HEADER.id]: id,
      [HEADER.timestamp]: `${timestamp}`,
      [HEADER.signature]: signatures.join(" "),
    };
  };
}

function readSigner(
  { version, sign }: SigningKey,
): (text: Bytes) => Promise<string> {
  if (sign) return async (text) => `${version},${toBase64(await sign(text))}`;
  throw refuse("one is a public key, wanted secrets, which can sign");
}

function assertMessageId(id: unknown): void {
  if (isMessageId(id)) return;
  throw new TypeError(
    "Cannot use id: wanted 1 to 256 visible ASCII characters without a full stop or a comma",
  );
}
