import { isObject } from "../../src/_internal/json.ts";
import type { FetchedFile } from "../../src/company_data/binary.ts";
import type { ValueContext } from "../../src/company_data/values.ts";
import { DecryptError } from "../../src/errors.ts";

/** What a fake context can be told. */
export interface FakeOptions {
  types?: Record<string, string>;
  now?: number;
  fetchFile?: (url: string, signal?: AbortSignal) => Promise<FetchedFile>;
}

/** A context whose wrappers are `wrap(plaintext)`, with a record of what was asked of it. */
export function fakeContext(
  options: FakeOptions = {},
): ValueContext & { decrypted: unknown[]; fetched: string[] } {
  const { types = {}, now = Date.parse("2026-06-20T00:00:00Z") } = options;
  const decrypted: unknown[] = [];
  const fetched: string[] = [];
  return {
    decrypted,
    fetched,
    now: () => now,
    typeOf: (slug) => Object.hasOwn(types, slug) ? types[slug] : undefined,
    decrypt: async (wrapper) => {
      decrypted.push(wrapper);
      await Promise.resolve();
      if (isObject(wrapper) && typeof wrapper["d"] === "string") {
        return wrapper["d"];
      }
      throw new DecryptError("Cannot decrypt the value: it is not intact");
    },
    fetchFile: (url, signal) => {
      fetched.push(url);
      return options.fetchFile?.(url, signal) ??
        Promise.reject(new Error("no file expected"));
    },
  };
}

/** A wrapper as the platform sends it, for {@linkcode fakeContext} only. */
export function wrap(plaintext: string): Record<string, unknown> {
  return { _enc: 1, k: "a2V5", iv: "aXY=", d: plaintext };
}

/** Lower-case SHA-256 made by the host rather than by the code under test. */
export async function sha256(text: string | Uint8Array): Promise<string> {
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : new Uint8Array(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(
    new Uint8Array(digest),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
