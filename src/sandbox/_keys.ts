import { toBase64 } from "../_internal/base64.ts";
import {
  encodePem,
  encryptPkcs8,
  generateKeyPair,
  importPublicKey,
} from "../crypto/mod.ts";
import { sha256Hex } from "./_digest.ts";
import type { SandboxKeys, Settings } from "./options.ts";

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
  /** The company's key, made when first asked for. */
  accountKey(): Promise<AccountKey>;
  /** The company's key, if it was made. */
  readonly account: AccountKey | undefined;
}

/** The key of the company that owns the service. */
export interface AccountKey {
  /** Encrypts the envelope around a webhook. */
  readonly publicKey: CryptoKey;
  /** The private half as PEM. */
  readonly privateKeyPem: string;
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
  const { keyBits } = settings;
  const pair = settings.keys ??
    await generateKeyPair({ modulusLength: keyBits });
  const publicKeyText = toBase64(pair.publicKey);
  let personKey: Promise<PersonKey> | undefined;
  let accountKey: Promise<AccountKey> | undefined;
  let account: AccountKey | undefined;
  return {
    publicKey: await importPublicKey(publicKeyText, { hash: "SHA-256" }),
    publicKeyText,
    privateKeyPem: await pemOf(pair, settings),
    personKey: () => personKey ??= makePersonKey(keyBits),
    accountKey: () =>
      accountKey ??= makeAccountKey(settings).then((made) => account = made),
    get account(): AccountKey | undefined {
      return account;
    },
  };
}

async function makeAccountKey(settings: Settings): Promise<AccountKey> {
  const pair = settings.accountKeys ??
    await generateKeyPair({ modulusLength: settings.keyBits });
  return {
    publicKey: await importPublicKey(toBase64(pair.publicKey), {
      hash: "SHA-1",
    }),
    privateKeyPem: await pemOf(pair, settings),
  };
}

async function pemOf(
  { privateKey }: SandboxKeys,
  { passphrase, keyIterations }: Settings,
): Promise<string> {
  return passphrase === null
    ? encodePem(privateKey, "PRIVATE KEY")
    : await encryptPkcs8(privateKey, passphrase, {
      iterations: keyIterations,
    });
}

async function makePersonKey(
  modulusLength: Settings["keyBits"],
): Promise<PersonKey> {
  const { publicKey } = await generateKeyPair({ modulusLength });
  return { text: toBase64(publicKey), sha256: await sha256Hex(publicKey) };
}
