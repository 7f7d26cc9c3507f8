import { fromBase64 } from "../../src/_internal/base64.ts";
import type { Envelope } from "../../src/crypto/mod.ts";

/** One file that another program wrote, with the command that wrote it. */
export interface KeyVector {
  name: string;
  command: string;
  pem: string;
}

interface KeyVectors {
  passphrase: string;
  keys: Record<"2048" | "3072" | "4096", { pem: string; spki: string }>;
  opened: KeyVector[];
  refused: KeyVector[];
}

interface EnvelopeVectors {
  opened: {
    hash: "SHA-256" | "SHA-1";
    key: "2048" | "3072" | "4096";
    text: string;
    envelope: Envelope;
  }[];
  refused: { why: string; envelope: Envelope }[];
}

/** Private keys made by OpenSSL: see tests/vectors/crypto/make_private_keys.sh. */
export const KEYS: KeyVectors = readVectors("private_keys.json");
/** Envelopes made by the Python package "cryptography": see tests/vectors/crypto/make_envelopes.py. */
export const ENVELOPES: EnvelopeVectors = readVectors("envelopes.json");

/** The PrivateKeyInfo that all files of `KEYS.opened` hold. */
export const DER: Uint8Array<ArrayBuffer> = pemBytes(KEYS.keys["2048"].pem);

/** The bytes of a PEM text that holds nothing but one block. */
export function pemBytes(pem: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(pem.replace(/-----.*-----|\s/g, ""));
  if (bytes === undefined) throw new Error("not a PEM text");
  return bytes;
}

/** The vector of that name. */
export function refusedVector(name: string): string {
  const vector = KEYS.refused.find((vector) => vector.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return vector.pem;
}

function readVectors<T>(name: string): T {
  const url = new URL(`../vectors/crypto/${name}`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url));
}
