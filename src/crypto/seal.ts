import { fromBase64, toBase64 } from "../_internal/base64.ts";
import { type Bytes, concatBytes, encodeUtf8 } from "../_internal/bytes.ts";
import { DecryptError } from "../errors.ts";
import { refuse } from "./_refusals.ts";

const PREFIX = "seal_";
const VERSION = 1;
const ID_BYTES = 4;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_AT = 1 + ID_BYTES;
const CONTENT_AT = NONCE_AT + NONCE_BYTES;

/** Keeps bytes secret and unchanged while they lie in a store. */
export interface Seal {
  /**
   * Encrypts bytes for one place. `context` names the place, such as the key of a row, so that what was sealed for one
   * row does not open in another. The result is 33 bytes longer.
   */
  seal(bytes: Uint8Array, context: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Decrypts what any of the keys sealed for the same context.
   *
   * @throws {DecryptError} When it does not open, with the same message whatever the reason.
   */
  open(bytes: Uint8Array, context: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Tells whether bytes name the first key as theirs; if not, open them, seal them again and store them. */
  isCurrent(bytes: Uint8Array): boolean;
}

interface SealingKey {
  readonly id: Bytes;
  readonly load: () => Promise<CryptoKey>;
}

/**
 * Makes a new sealing key: `seal_` and the base64 of 36 random bytes, of which four name the key and 32 are the key.
 * Keep it where secrets are kept; what it sealed is lost without it.
 *
 * @example
 * ```ts
 * import { generateSealingKey } from "@sluice/edge/crypto";
 *
 * console.assert(generateSealingKey().startsWith("seal_"));
 * ```
 *
 * @returns The text that {@linkcode createSeal} takes.
 */
export function generateSealingKey(): string {
  const random = new Uint8Array(ID_BYTES + KEY_BYTES);
  return PREFIX + toBase64(crypto.getRandomValues(random));
}

/**
 * Seals bytes with AES-256-GCM (NIST SP 800-38D) under keys of {@linkcode generateSealingKey}.
 *
 * The first key seals, all of them open. To rotate, put a new key in front; seal again what is not
 * {@linkcode Seal.isCurrent}; take the old key away when nothing is left under it.
 *
 * Sealed bytes are a version byte, the four bytes that name the key, a random nonce of 12 bytes, the ciphertext and its
 * tag of 16 bytes. The version, the name of the key and the context are authenticated. Because nonces are random, one
 * key may seal at most 2^32 times (SP 800-38D section 8.3): rotate long before that. Who can write to the store can
 * still put back an older sealed value of the same context.
 *
 * @example Rotate a key
 * ```ts
 * import { createSeal, generateSealingKey } from "@sluice/edge/crypto";
 *
 * const oldKey = generateSealingKey();
 * const newKey = generateSealingKey();
 * const secret = new TextEncoder().encode("whsec_…");
 * const stored = await createSeal(oldKey).seal(secret, "subscription/42");
 *
 * const seal = createSeal([newKey, oldKey]);
 * const opened = await seal.open(stored, "subscription/42");
 * console.assert(!seal.isCurrent(stored));
 * console.assert(seal.isCurrent(await seal.seal(opened, "subscription/42")));
 * ```
 *
 * @param keys One key, or all that may open with the one that seals in front.
 * @returns The seal; keys are imported when they are first used.
 * @throws {ConfigError} When a key does not have the form, naming `sealingKey`.
 */
export function createSeal(keys: string | readonly string[]): Seal {
  const [current, ...older] = readKeys(keys);
  const ring = [current, ...older];
  return {
    async seal(bytes, context): Promise<Bytes> {
      assertContext(context);
      const { id, load } = current;
      const plaintext = bytes.slice();
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const gcm = algorithm(iv, { id, context });
      const content = await crypto.subtle.encrypt(gcm, await load(), plaintext);
      return concatBytes([header(id), iv, new Uint8Array(content)]);
    },
    async open(bytes, context): Promise<Bytes> {
      assertContext(context);
      const sealed = bytes.slice();
      const id = keyIdOf(sealed);
      for (const key of ring.filter((each) => isSame(each.id, id))) {
        const opened = await openWith(key, { sealed, context });
        if (opened) return opened;
      }
      throw new DecryptError(
        "Cannot open the sealed bytes: they are damaged, or were sealed with another key or for another context",
      );
    },
    isCurrent(bytes): boolean {
      return isSame(current.id, keyIdOf(bytes));
    },
  };
}

async function openWith(
  { id, load }: SealingKey,
  { sealed, context }: { sealed: Bytes; context: string },
): Promise<Bytes | undefined> {
  const gcm = algorithm(sealed.subarray(NONCE_AT, CONTENT_AT), { id, context });
  const content = sealed.subarray(CONTENT_AT);
  const key = await load();
  try {
    return new Uint8Array(await crypto.subtle.decrypt(gcm, key, content));
  } catch {
    return undefined; // another key can have the same name
  }
}

function readKeys(
  keys: string | readonly string[],
): [SealingKey, ...SealingKey[]] {
  const texts: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  const [first, ...rest] = texts.map(readKey);
  if (first) return [first, ...rest];
  throw refuse("sealingKey", "there is no key, wanted at least one");
}

function readKey(text: unknown): SealingKey {
  const isOurs = typeof text === "string" && text.startsWith(PREFIX);
  const bytes = isOurs ? fromBase64(text.slice(PREFIX.length)) : undefined;
  if (bytes?.length !== ID_BYTES + KEY_BYTES) {
    throw refuse(
      "sealingKey",
      `it is not a text of generateSealingKey(), wanted "${PREFIX}" and the base64 of ${
        ID_BYTES + KEY_BYTES
      } bytes`,
    );
  }
  const raw = bytes.slice(ID_BYTES);
  let imported: CryptoKey | undefined;
  return {
    id: bytes.slice(0, ID_BYTES),
    // The key is kept and not its promise, which workerd ties to the request that made it.
    load: async () =>
      imported ??= await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [
        "encrypt",
        "decrypt",
      ]),
  };
}

function keyIdOf(sealed: Uint8Array): Uint8Array | undefined {
  if (sealed[0] !== VERSION) return undefined;
  if (sealed.length < CONTENT_AT + TAG_BYTES) return undefined;
  return sealed.subarray(1, NONCE_AT);
}

function isSame(one: Bytes, other: Uint8Array | undefined): boolean {
  return one.every((byte, i) => byte === other?.[i]);
}

function header(id: Bytes): Bytes {
  return concatBytes([Uint8Array.of(VERSION), id]);
}

function algorithm(
  iv: Bytes,
  { id, context }: { id: Bytes; context: string },
): AesGcmParams {
  const additionalData = concatBytes([header(id), encodeUtf8(context)]);
  return { name: "AES-GCM", iv, additionalData };
}

function assertContext(context: unknown): void {
  if (typeof context === "string" && context !== "") return;
  throw new TypeError(
    "Cannot use context: wanted a text that names the place of the sealed bytes",
  );
}
