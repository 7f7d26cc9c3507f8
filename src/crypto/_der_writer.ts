import { type Bytes, concatBytes } from "../_internal/bytes.ts";
import { TAG } from "./_der.ts";

/** A SEQUENCE of elements that are written already. */
export function derSequence(...elements: Uint8Array[]): Bytes {
  return derElement(TAG.sequence, concatBytes(elements));
}

/** An OCTET STRING. */
export function derOctets(bytes: Uint8Array): Bytes {
  return derElement(TAG.octetString, bytes);
}

/** NULL, as the parameters of algorithms that have none. */
export function derNull(): Bytes {
  return derElement(TAG.null, new Uint8Array());
}

/** An INTEGER from 0 up. */
export function derUint(value: number): Bytes {
  const bytes = base256(value);
  const signed = (bytes[0] ?? 0) & 0x80 ? [0, ...bytes] : bytes;
  return derElement(TAG.integer, Uint8Array.from(signed));
}

/** An OBJECT IDENTIFIER given in dotted form. */
export function derOid(dotted: string): Bytes {
  const [root = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const arcs = [40 * root + second, ...rest];
  return derElement(TAG.oid, Uint8Array.from(arcs.flatMap(base128)));
}

function derElement(tag: number, content: Uint8Array): Bytes {
  const length = base256(content.length);
  const head = content.length < 0x80
    ? [tag, ...length]
    : [tag, 0x80 | length.length, ...length];
  return concatBytes([Uint8Array.from(head), content]);
}

function base256(value: number): number[] {
  const bytes = [value % 256];
  for (let rest = Math.floor(value / 256); rest > 0;) {
    bytes.unshift(rest % 256);
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

function base128(arc: number): number[] {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0;) {
    bytes.unshift(0x80 | rest % 128);
    rest = Math.floor(rest / 128);
  }
  return bytes;
}
