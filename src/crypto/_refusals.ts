import { ConfigError } from "../errors.ts";

const PBES2_OPTIONS = "-v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 100000";

/** The commands by what they do. */
export type CommandName =
  | "convert"
  | "convertLegacy"
  | "convertDer"
  | "convertPss"
  | "convertSsh"
  | "generate"
  | "publicFromPrivate"
  | "publicFromPkcs1"
  | "publicFromCertificate"
  | "publicFromRequest";

/** Commands that make a key which we can read; a test runs each of them. */
export const COMMANDS: Readonly<Record<CommandName, string>> = Object.freeze({
  convert: `openssl pkcs8 -topk8 ${PBES2_OPTIONS} -in old.pem -out new.pem`,
  convertLegacy: "openssl pkcs8 -topk8 -provider legacy -provider default " +
    `${PBES2_OPTIONS} -in old.pem -out new.pem`,
  convertDer: `openssl pkcs8 -topk8 ${PBES2_OPTIONS} ` +
    "-inform DER -in old.der -out new.pem",
  // PKCS#1 DER names no algorithm, and so leaves RSA-PSS behind.
  convertPss: "openssl rsa -traditional -outform DER -in old.pem | " +
    `openssl pkcs8 -topk8 ${PBES2_OPTIONS} -inform DER -out new.pem`,
  convertSsh: "ssh-keygen -p -m PKCS8 -f old.pem",
  generate: "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | " +
    `openssl pkcs8 -topk8 ${PBES2_OPTIONS} -out new.pem`,
  publicFromPrivate: "openssl pkey -in old.pem -pubout -out new.pem",
  publicFromPkcs1: "openssl rsa -RSAPublicKey_in -in old.pem -out new.pem",
  publicFromCertificate: "openssl x509 -in old.pem -noout -pubkey > new.pem",
  publicFromRequest: "openssl req -in old.pem -noout -pubkey -out new.pem",
});

/** A key that cannot be used: what it is, what is wanted, and how to get there. */
export function refuse(field: string, message: string): ConfigError {
  return new ConfigError(`Cannot use ${field}: ${message}`, {
    problems: [{ field, message }],
  });
}

/** What is wrong with a key that a command can convert. */
export function convertible(
  state: string,
  command: CommandName = "convert",
): string {
  return `${state}; convert it with: ${COMMANDS[command]}`;
}

/** What is wrong with something that no command can turn into the key that is wanted. */
export function unsuitable(state: string): string {
  return `${state}; make a new key with: ${COMMANDS.generate}`;
}

/** One sentence for everything that can be wrong inside an encrypted key, so that none of it can be told apart. */
export function refuseEncrypted(field: string): ConfigError {
  return refuse(field, "the passphrase is wrong or the data is damaged");
}

/** A key that is not encrypted and cannot be read. */
export function refuseDamaged(field: string): ConfigError {
  return refuse(field, "the data is damaged");
}
