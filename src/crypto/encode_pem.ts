import { toBase64 } from "../_internal/base64.ts";

/** The kinds of key that {@linkcode encodePem} writes. */
export type PemLabel =
  | "PRIVATE KEY"
  | "ENCRYPTED PRIVATE KEY"
  | "PUBLIC KEY";

/**
 * Writes DER bytes as PEM text (RFC 7468), 64 characters a line, with a line break at the end.
 *
 * "PRIVATE KEY" is not encrypted: whoever reads the text has the key.
 *
 * @example Show a public key
 * ```ts
 * import { encodePem, generateKeyPair } from "@sluice/edge/crypto";
 *
 * const { publicKey } = await generateKeyPair();
 * console.log(encodePem(publicKey, "PUBLIC KEY"));
 * ```
 *
 * @param der The bytes.
 * @param label What they are.
 * @returns The text.
 */
export function encodePem(der: Uint8Array, label: PemLabel): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""]
    .join("\n");
}
