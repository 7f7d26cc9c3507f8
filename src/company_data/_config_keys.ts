import { fromBase64 } from "../_internal/base64.ts";
import { decodeUtf8Lossy } from "../_internal/bytes.ts";
import { fileState, readHostTextFile } from "../_internal/host.ts";
import { type Secret, secret } from "../_internal/secret.ts";
import { encodePem } from "../crypto/mod.ts";
import type { Field } from "./_config_fields.ts";
import type { ConfigReader } from "./_config_reader.ts";

/** A private key as it was configured; it is opened when it is first needed. */
export interface KeySource {
  /** The file key that it comes from, for messages. */
  readonly field: string;
  /** The key as PEM text. */
  readonly pem: Secret<string>;
  /** Opens the PEM if it is encrypted. */
  readonly passphrase?: Secret<string>;
}

const PEM_MARK = "-----BEGIN";

/** A key that is configured but cannot be had. */
export interface KeyProblem {
  /** The file key that is wrong. */
  readonly field: Field;
  /** What is wrong with it. */
  readonly problem: string;
}

/**
 * Reads a key that may be a path, PEM text, PEM text with `\n` for line ends, or base64 of PEM or DER. The fields are
 * read before anything is awaited.
 */
export async function readKey(
  reader: ConfigReader,
  fields: { key: Field; passphrase: Field; required?: boolean },
): Promise<KeySource | KeyProblem | undefined> {
  const field = fields.key;
  const given = fields.required ? reader.required(field) : reader.text(field);
  const passphrase = reader.secret(fields.passphrase);
  if (given === undefined || given === "") return undefined;
  const inline = inlinePem(given);
  const read = inline === undefined
    ? await readPemFile(given)
    : { pem: inline };
  if ("problem" in read) return { field, problem: read.problem };
  const pem = secret(read.pem);
  return { field, pem, ...(passphrase ? { passphrase } : {}) };
}

function inlinePem(given: string): string | undefined {
  // Environment files often cannot hold line ends, so people write them as two characters.
  if (given.includes(PEM_MARK)) return given.replace(/(?:\\r)?\\n/g, "\n");
  const bytes = fromBase64(given.replace(/\s+/g, ""));
  if (!bytes) return undefined;
  if (isWholeDer(bytes)) return derToPem(bytes);
  const decoded = decodeUtf8Lossy(bytes);
  return decoded.includes(PEM_MARK) ? decoded : undefined;
}

// The value is never shown: it may be a key that was cut or mangled on its way.
async function readPemFile(
  path: string,
): Promise<{ pem: string } | { problem: string }> {
  try {
    const file = /^file:/i.test(path) ? new URL(path) : path;
    const pem = await readHostTextFile(file);
    if (pem === undefined) {
      return {
        problem:
          "not PEM text, and this host has no filesystem to look for a file, wanted PEM text or base64 of it",
      };
    }
    if (pem.includes(PEM_MARK)) return { pem };
    return { problem: "the file that it names holds no PEM block" };
  } catch (cause) {
    return {
      problem:
        `neither PEM text nor base64 of it, and as a path it cannot be read: ${
          fileState(cause)
        }`,
    };
  }
}

// A SEQUENCE (0x30) with a long-form length of two or three bytes that ends exactly where the bytes end, as the DER of
// every RSA key does and no path that happens to be base64.
function isWholeDer(bytes: Uint8Array): boolean {
  const [tag, form = 0] = bytes;
  if (tag !== 0x30 || (form !== 0x82 && form !== 0x83)) return false;
  const width = form & 0x7f;
  let length = 0;
  for (const byte of bytes.subarray(2, 2 + width)) length = length * 256 + byte;
  return bytes.length === 2 + width + length;
}

// EncryptedPrivateKeyInfo begins with a SEQUENCE, PrivateKeyInfo with an INTEGER (RFC 5958 sections 2 and 3).
function derToPem(bytes: Uint8Array): string {
  const inner = bytes[2 + ((bytes[1] ?? 0) & 0x7f)];
  const isEncrypted = inner === 0x30;
  return encodePem(
    bytes,
    isEncrypted ? "ENCRYPTED PRIVATE KEY" : "PRIVATE KEY",
  );
}
