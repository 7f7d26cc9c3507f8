import { type Bytes, encodeUtf8 } from "../_internal/bytes.ts";

/** A value as stores hold it: the text of its JSON, or a copy of its bytes. */
export type StoredValue = string | Bytes;

/**
 * Takes a value as it is now: nothing that the caller does to it later shows. With `borrow`, bytes are not copied, for
 * a store that writes them before anybody else can run.
 */
export function toStored(
  value: unknown,
  name: string,
  options: { borrow?: boolean } = {},
): StoredValue {
  if (value instanceof Uint8Array) {
    return options.borrow ? value as Bytes : new Uint8Array(value);
  }
  const text = ArrayBuffer.isView(value) || value instanceof ArrayBuffer
    ? undefined
    : stringify(value, name);
  if (typeof text === "string") return text;
  throw new TypeError(
    `Cannot store ${name}: wanted structured JSON or a Uint8Array`,
  );
}

/** A fresh value that the caller may keep and change. */
export function fromStored(stored: StoredValue): unknown {
  return typeof stored === "string"
    ? JSON.parse(stored)
    : new Uint8Array(stored);
}

/** UTF-8 bytes of the JSON text, or the number of bytes. */
export function storedBytes(stored: StoredValue): number {
  return typeof stored === "string"
    ? encodeUtf8(stored).length
    : stored.byteLength;
}

/** Never less than {@linkcode storedBytes}, and free of cost: no UTF-16 unit takes more than three bytes. */
export function storedBytesAtMost(stored: StoredValue): number {
  return typeof stored === "string" ? stored.length * 3 : stored.byteLength;
}

function stringify(value: unknown, name: string): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(
      `Cannot store ${name}: wanted structured JSON or a Uint8Array`,
      { cause },
    );
  }
}
