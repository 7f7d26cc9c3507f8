import type { Bytes } from "./bytes.ts";

// Native since 2025 in V8 and JavaScriptCore; Node 20 lacks it.
interface NativeBase64 {
  fromBase64?(text: string, options: { lastChunkHandling: "strict" }): Bytes;
}
const native = Uint8Array as unknown as NativeBase64;
// One class without groups: a group that repeats over megabytes overflows the stack of the regular expression.
const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/;

/** Standard base64 (RFC 4648 section 4), padded, nothing else in it; `undefined` when it is anything else. */
export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0 || !STANDARD.test(text)) return undefined;
  try {
    return native.fromBase64?.(text, { lastChunkHandling: "strict" }) ??
      fromBinary(atob(text));
  } catch {
    return undefined; // non-zero padding bits, which RFC 4648 section 3.5 lets a decoder refuse
  }
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  const withNative = bytes as Uint8Array & { toBase64?(): string };
  if (withNative.toBase64) return withNative.toBase64();
  let binary = "";
  // 32 Ki arguments stay below every engine's limit for one call.
  for (let i = 0; i < bytes.length; i += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(binary);
}

function fromBinary(binary: string): Bytes {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
