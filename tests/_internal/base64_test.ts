import { assertEquals } from "@std/assert";
import { fromBase64, toBase64 } from "../../src/_internal/base64.ts";
import { seeded } from "../_support/seeded.ts";

const REFUSED = ["a", "ab", "abc", "ab=c", "a===", "ab==cd==", "ab c", "a-_="];

/** Runs a piece of work as on a host of before 2025, which has neither method. */
function withoutNative(work: () => void): void {
  const places = [
    [Uint8Array, "fromBase64"],
    [Uint8Array.prototype, "toBase64"],
  ] as const;
  const before = places.map(([place, name]) =>
    Object.getOwnPropertyDescriptor(place, name)
  );
  for (const [place, name] of places) Reflect.deleteProperty(place, name);
  try {
    work();
  } finally {
    for (const [i, [place, name]] of places.entries()) {
      const descriptor = before[i];
      if (descriptor) Object.defineProperty(place, name, descriptor);
    }
  }
}

/** Bytes of each of some lengths, among them more than one call takes as arguments. */
function samples(): Uint8Array[] {
  const random = seeded(1);
  return [0, 1, 2, 3, 255, 0x8000, 0x8001, 200_000].map((length) =>
    Uint8Array.from({ length }, () => Math.floor(random() * 256))
  );
}

Deno.test("toBase64() and fromBase64() are each other's inverse, with the host's own methods and without", () => {
  for (const bytes of samples()) {
    const text = toBase64(bytes);
    assertEquals(text.length, Math.ceil(bytes.length / 3) * 4);
    assertEquals(fromBase64(text), bytes);
    withoutNative(() => {
      assertEquals(toBase64(bytes), text);
      assertEquals(fromBase64(text), bytes);
    });
  }
});

Deno.test("fromBase64() refuses the same texts with the host's own method and without", () => {
  for (const text of REFUSED) {
    assertEquals(fromBase64(text), undefined, text);
    withoutNative(() => assertEquals(fromBase64(text), undefined, text));
  }
});
