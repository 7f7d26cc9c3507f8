import { fromBase64 } from "../../_internal/base64.ts";

/** A block of a PEM text. */
export interface KeyBlock {
  readonly label: string;
  readonly body: string;
}

/** The blocks of a PEM text, in order (RFC 7468 section 2). */
export function blocksOf(pem: string): KeyBlock[] {
  const blocks = pem.matchAll(
    /-----BEGIN ([A-Z0-9 ]{1,64})-----([^]*?)-----END \1-----/g,
  );
  return Array.from(
    blocks,
    ([, label = "", body = ""]) => ({ label, body: body.trim() }),
  );
}

/** How a key is protected, in words: the scheme, its cost and its cipher. */
export function protectionOf({ label, body }: KeyBlock): string {
  // RFC 1421 section 4.6.1.1
  const [, cipher] = /^DEK-Info: *([\w-]+)/m.exec(body) ?? [];
  if (cipher !== undefined) return `traditional, ${cipher}`;
  if (label === "OPENSSH PRIVATE KEY") return "as OpenSSH has it";
  if (label !== "ENCRYPTED PRIVATE KEY") return "none";
  const der = fromBase64(body.replace(/\s+/g, ""));
  return der ? schemeOf(factsOf(der)) : "unreadable";
}

interface Facts {
  readonly oids: readonly string[];
  readonly integers: readonly number[];
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.5.13", "PBES2"],
  ["1.2.840.113549.1.5.12", "PBKDF2"],
  ["1.3.6.1.4.1.11591.4.11", "scrypt"],
  ["1.2.840.113549.2.7", "hmacWithSHA1"],
  ["1.2.840.113549.2.8", "hmacWithSHA224"],
  ["1.2.840.113549.2.9", "hmacWithSHA256"],
  ["1.2.840.113549.2.10", "hmacWithSHA384"],
  ["1.2.840.113549.2.11", "hmacWithSHA512"],
  ["2.16.840.1.101.3.4.1.2", "aes-128-cbc"],
  ["2.16.840.1.101.3.4.1.22", "aes-192-cbc"],
  ["2.16.840.1.101.3.4.1.42", "aes-256-cbc"],
  ["1.2.840.113549.3.7", "des-ede3-cbc"],
  ["1.2.840.113549.1.5.3", "pbeWithMD5AndDES-CBC"],
  ["1.2.840.113549.1.5.10", "pbeWithSHA1AndDES-CBC"],
  ["1.2.840.113549.1.12.1.3", "pbeWithSHAAnd3-KeyTripleDES-CBC"],
  ["1.2.840.113549.1.12.1.6", "pbewithSHAAnd40BitRC2-CBC"],
]);

// In an EncryptedPrivateKeyInfo the names come in this order: scheme, key derivation, its hash, cipher; the first number
// is its cost (RFC 8018 appendix A).
function schemeOf({ oids, integers }: Facts): string {
  const [scheme, ...rest] = oids.map((oid) => NAMES.get(oid) ?? oid);
  const [cost] = integers;
  if (scheme === undefined) return "unreadable";
  const times = cost === undefined ? "" : ` with ${cost} iterations`;
  if (scheme !== "PBES2") return `${scheme}${times}`;
  const [kdf, ...last] = rest;
  if (kdf !== "PBKDF2") return [scheme, kdf, ...last].join(", ");
  // RFC 8018 section A.2: the hash is SHA-1 where none is named.
  const [prf, cipher] = last.length > 1 ? last : ["hmacWithSHA1", ...last];
  return `PBES2, PBKDF2 (${prf})${times}, ${cipher}`;
}

const TAG = { integer: 0x02, oid: 0x06, sequence: 0x30 } as const;
const MOST_DEPTH = 8;

/** The names and numbers of a DER structure, in order; what cannot be read ends the list. */
function factsOf(der: Uint8Array): Facts {
  const oids: string[] = [];
  const integers: number[] = [];
  const walk = (bytes: Uint8Array, depth: number): void => {
    for (const { tag, content } of elementsOf(bytes)) {
      if (tag === TAG.oid) oids.push(oidOf(content));
      if (tag === TAG.integer) integers.push(numberOf(content));
      if (tag === TAG.sequence && depth < MOST_DEPTH) walk(content, depth + 1);
    }
  };
  walk(der, 0);
  return { oids, integers };
}

function* elementsOf(
  bytes: Uint8Array,
): Generator<{ tag: number; content: Uint8Array }> {
  for (let at = 0; at + 2 <= bytes.length;) {
    const [tag = 0, short = 0] = bytes.subarray(at, at + 2);
    const width = short < 0x80 ? 0 : short & 0x7f;
    const start = at + 2 + width;
    const length = width === 0
      ? short
      : numberOf(bytes.subarray(at + 2, start));
    if (width > 4 || start + length > bytes.length) return;
    yield { tag, content: bytes.subarray(start, start + length) };
    at = start + length;
  }
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

// X.690 section 8.19: seven bits a byte, and the first two arcs in one number.
function oidOf(bytes: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of bytes) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length > 0) arcs.push(arc);
    else {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - 40 * first);
    }
    arc = 0;
  }
  return arcs.join(".");
}
