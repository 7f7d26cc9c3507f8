import { assertInteger } from "../_internal/assert.ts";
import type { Bytes } from "../_internal/bytes.ts";
import type { ConfigError } from "../errors.ts";
import { readOrFail } from "./_der.ts";
import { type PrivateKeyInfo, readPrivateKeyInfo } from "./_key_info.ts";
import { openPbes2, readPbes2 } from "./_pbes2.ts";
import {
  assertKeyText,
  decodePemBody,
  type PemBlock,
  readPemBlocks,
} from "./_pem.ts";
import {
  COMMANDS,
  convertible,
  refuse,
  refuseDamaged,
  refuseEncrypted,
  unsuitable,
} from "./_refusals.ts";

/** How a private key is read and what its errors call it. */
export interface ReadPrivateKeyOptions {
  /**
   * Most PBKDF2 iterations that the file may ask for, which bounds the time that opening it takes. Pass `100_000` on
   * Cloudflare: production refuses more (a local workerd does not), and this way the error comes before deployment.
   *
   * @default {10_000_000}
   */
  maxIterations?: number;
  /**
   * What errors call the key, such as the name of its configuration field.
   *
   * @default {"private key"}
   */
  field?: string;
  /**
   * What errors call the passphrase.
   *
   * @default {"passphrase"}
   */
  passphraseField?: string;
}

/** The options with their defaults, checked. */
export interface OpenSettings {
  readonly passphrase: string | undefined;
  readonly maxIterations: number;
  readonly field: string;
  readonly passphraseField: string;
}

/** A private key out of its file. */
export interface OpenedKey {
  readonly der: Bytes;
  readonly info: PrivateKeyInfo;
  /** The error for a key that proves unusable later; it tells no more than the errors before it. */
  readonly damaged: () => ConfigError;
}

const LABELS_TO_REFUSE: readonly [ending: string, message: string][] = [
  [
    "CERTIFICATE REQUEST",
    unsuitable("it is a certificate request, wanted a private key"),
  ],
  ["CERTIFICATE", unsuitable("it is a certificate, wanted a private key")],
  ["PUBLIC KEY", unsuitable("it is a public key, wanted a private key")],
];

/** Takes the options once and refuses what a programmer got wrong. */
export function openSettings(
  passphrase: string | undefined,
  options: ReadPrivateKeyOptions,
): OpenSettings {
  const {
    maxIterations = 10_000_000,
    field = "private key",
    passphraseField = "passphrase",
  } = options;
  assertInteger(maxIterations, "maxIterations", { min: 1, max: 2 ** 31 - 1 });
  if (passphrase !== undefined) assertPassphrase(passphrase, passphraseField);
  return { passphrase, maxIterations, field, passphraseField };
}

/** Refuses a passphrase that is no string. */
export function assertPassphrase(passphrase: unknown, field: string): void {
  if (typeof passphrase === "string") return;
  throw new TypeError(
    `Cannot use ${field}: wanted a string, got ${typeof passphrase}`,
  );
}

/** Finds the private key of a text, opens it and takes it apart. */
export async function openPrivateKey(
  pem: string,
  settings: OpenSettings,
): Promise<OpenedKey> {
  const { field } = settings;
  assertKeyText(pem, field);
  const block = findPrivateKey(pem, field);
  if (block.label === "PRIVATE KEY") return readPlain(block, field);
  if (block.label === "ENCRYPTED PRIVATE KEY") {
    return await readEncrypted(block, settings);
  }
  throw refuse(field, foreignFormat(block));
}

function readPlain(block: PemBlock, field: string): OpenedKey {
  const damaged = (): ConfigError => refuseDamaged(field);
  const der = decodePemBody(block.body);
  if (der === undefined) throw damaged();
  return takeApart(der, damaged);
}

async function readEncrypted(
  block: PemBlock,
  settings: OpenSettings,
): Promise<OpenedKey> {
  const { passphrase, field, passphraseField } = settings;
  const damaged = (): ConfigError => refuseEncrypted(field);
  const encrypted = decodePemBody(block.body);
  if (encrypted === undefined) throw damaged();
  const pbes2 = readOrFail(() => readPbes2(encrypted, settings), damaged);
  if (passphrase === undefined) {
    throw refuse(passphraseField, `${field} is encrypted, wanted a passphrase`);
  }
  const der = await openPbes2(pbes2, { passphrase, field });
  // Bad padding, and a bad structure behind padding that is good by chance, look alike: else there is a padding oracle.
  if (der === undefined) throw damaged();
  return takeApart(der, damaged);
}

function takeApart(der: Bytes, damaged: () => ConfigError): OpenedKey {
  const info = readOrFail(() => readPrivateKeyInfo(der), damaged);
  return { der, info, damaged };
}

function findPrivateKey(pem: string, field: string): PemBlock {
  const blocks = readPemBlocks(pem, field);
  const keys = blocks.filter(({ label }) => label.endsWith("PRIVATE KEY"));
  const [key] = keys;
  if (key === undefined) throw refuse(field, noPrivateKey(pem, blocks));
  if (
    keys.some(({ label, body }) => label !== key.label || body !== key.body)
  ) {
    throw refuse(field, "it holds more than one private key, wanted one");
  }
  return key;
}

function noPrivateKey(pem: string, blocks: readonly PemBlock[]): string {
  if (pem.trim() === "") return unsuitable("it is empty");
  for (const [ending, message] of LABELS_TO_REFUSE) {
    if (blocks.some(({ label }) => label.endsWith(ending))) return message;
  }
  const state = "it holds no PEM block of a private key; if it is a DER file";
  return `${state}, convert it with: ${COMMANDS.convertDer}`;
}

function foreignFormat({ label, body }: PemBlock): string {
  if (label === "OPENSSH PRIVATE KEY") {
    return convertible("it is in OpenSSH format, wanted PKCS#8", "convertSsh");
  }
  if (label !== "RSA PRIVATE KEY") {
    return unsuitable(`it is a key of type "${label}", wanted an RSA key`);
  }
  // RFC 1421 section 4.6.1.1: the header of OpenSSL's own, older encryption.
  return body.startsWith("Proc-Type:")
    ? convertible('it has traditional encryption ("Proc-Type"), wanted PKCS#8')
    : convertible("it is in PKCS#1 format, wanted PKCS#8");
}
