import { toBase64 } from "../_internal/base64.ts";
import {
  encodePem,
  encryptPkcs8,
  generateKeyPair,
  importPublicKey,
} from "../crypto/mod.ts";
import { sha256Hex } from "./_digest.ts";
import type { Settings } from "./options.ts";

/** The keys of the service and of its people. */
export interface KeyRing {
  /** Encrypts for the service. */
  readonly publicKey: CryptoKey;
  /** The same key as base64 of SubjectPublicKeyInfo. */
  readonly publicKeyText: string;
  /** The service's private key as PEM. */
  readonly privateKeyPem: string;
  /** The public key that all people of the sandbox share, made when first asked for. */
  personKey(): Promise<PersonKey>;
}

/** A public key and its fingerprint. */
export interface PersonKey {
  /** Base64 of SubjectPublicKeyInfo. */
  readonly text: string;
  /** Digest of SubjectPublicKeyInfo in lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Takes the given keys or makes some, and protects the private one with the passphrase. */
export async function createKeyRing(settings: Settings): Promise<KeyRing> {
  const { keyBits, passphrase, keyIterations } = settings;
  const pair = settings.keys ??
    await generateKeyPair({ modulusLength: keyBits });
  const publicKeyText = toBase64(pair.publicKey);
  let personKey: Promise<PersonKey> | undefined;
  return {
    publicKey: await importPublicKey(publicKeyText, { hash: "SHA-256" }),
    publicKeyText,
    privateKeyPem: passphrase === null
      ? encodePem(pair.privateKey, "PRIVATE KEY")
      : await encryptPkcs8(pair.privateKey, passphrase, {
        iterations: keyIterations,
      }),
    personKey: () => personKey ??= makePersonKey(keyBits),
  };
}

async function makePersonKey(
  modulusLength: Settings["keyBits"],
): Promise<PersonKey> {
  const { publicKey } = await generateKeyPair({ modulusLength });
  return { text: toBase64(publicKey), sha256: await sha256Hex(publicKey) };
}
