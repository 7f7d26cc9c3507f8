import { assertEquals, assertThrows } from "@std/assert";
import { fromHex, toHex } from "../../src/_internal/bytes.ts";
import {
  type DerCursor,
  DerError,
  readBitLength,
  readDer,
  readElement,
  readOid,
  readSequence,
  readUint,
  skipRest,
  TAG,
} from "../../src/crypto/_der.ts";
import {
  derOctets,
  derOid,
  derSequence,
  derUint,
} from "../../src/crypto/_der_writer.ts";

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  const result = fromHex(hex.replaceAll(" ", ""));
  if (result === undefined) throw new Error("not hexadecimal");
  return result;
}

function octets(hex: string): string {
  return readDer(
    bytes(hex),
    (fields) => toHex(readElement(fields, TAG.octetString)),
  );
}

function uint(hex: string): number {
  return readDer(bytes(hex), readUint);
}

Deno.test("readDer() reads short and long lengths", () => {
  assertEquals(octets("3003 0401aa"), "aa");
  assertEquals(octets(`308183 048180${"ab".repeat(128)}`).length, 256);
  assertEquals(octets(`30820105 04820101${"ab".repeat(257)}`).length, 514);
});

const BROKEN: Record<string, string> = {
  "nothing": "",
  "no length": "30",
  "the indefinite length": "3080 0401aa 0000",
  "an indefinite length inside": "3005 0480 aa 0000",
  "a length of five bytes": "308500000000 03 0401aa",
  "a length of four bytes": "308400000003 0401aa",
  "a length that is not minimal": "308103 0401aa",
  "a length with a leading zero": `30820083 048180${"ab".repeat(128)}`,
  "a length past the end": "3004 0401aa",
  "an inner length past its parent": "3003 0402aa bb",
  "a cut-off length": "3082",
  "data after the end": "3003 0401aa 00",
  "data left inside": "3005 0401aa 0500",
  "another tag": "3103 0401aa",
  "a constructed octet string": "3005 2403 0401aa",
};

for (const [name, hex] of Object.entries(BROKEN)) {
  Deno.test(`readDer() refuses ${name}`, () => {
    assertThrows(() => octets(hex), DerError);
  });
}

Deno.test("readSequence() refuses to nest more than twelve deep", () => {
  let nested = derUint(7);
  for (let i = 0; i < 12; i++) nested = derSequence(nested);
  assertEquals(readNested(nested, 12), 7);
  assertThrows(
    () => readNested(derSequence(nested), 13),
    DerError,
    "Nested too deep",
  );
});

function readNested(der: Uint8Array<ArrayBuffer>, levels: number): number {
  function read(fields: DerCursor, left: number): number {
    if (left === 0) return readUint(fields);
    return readSequence(fields, (inner) => read(inner, left - 1));
  }
  return read({ bytes: der, depth: 0, offset: 0 }, levels);
}

Deno.test("readUint() reads what derUint() writes", () => {
  for (
    const value of [0, 1, 127, 128, 255, 256, 65_535, 2 ** 31, 2 ** 53 - 1]
  ) {
    assertEquals(readDer(derSequence(derUint(value)), readUint), value);
  }
  assertEquals(toHex(derUint(128)), "02020080");
  assertEquals(toHex(derUint(100_000)), "02030186a0");
});

Deno.test("readUint() refuses negative, empty and padded integers", () => {
  assertEquals(uint("3003 020100"), 0);
  assertEquals(uint("3004 02020080"), 128);
  for (
    const hex of ["3003 0201ff", "3002 0200", "3004 02020000", "3004 0202007f"]
  ) {
    assertThrows(() => uint(hex), DerError);
  }
});

Deno.test("readBitLength() counts from the first bit that is set", () => {
  for (
    const [hex, bits] of [
      ["020100", 0],
      ["020101", 1],
      ["02017f", 7],
      ["02020080", 8],
      ["02020100", 9],
    ] as const
  ) {
    assertEquals(
      readDer(
        bytes(`30${toHex(Uint8Array.of(hex.length / 2))}${hex}`),
        readBitLength,
      ),
      bits,
    );
  }
});

Deno.test("readOid() reads what derOid() writes", () => {
  for (
    const oid of [
      "0.9",
      "1.2.840.113549.1.5.13",
      "2.16.840.1.101.3.4.1.42",
      "2.999.3",
      "1.3.101.112",
    ]
  ) {
    assertEquals(readDer(derSequence(derOid(oid)), readOid), oid);
  }
  assertEquals(toHex(derOid("1.2.840.113549.1.1.1")), "06092a864886f70d010101");
});

Deno.test("readOid() refuses what is not minimal, cut off or too long", () => {
  for (
    const hex of [
      "0600",
      "060180",
      "06022a80",
      "06032a8001",
      `0621${"01".repeat(33)}`,
      "06062affffffff7f",
    ]
  ) {
    const size = toHex(Uint8Array.of(hex.length / 2));
    assertThrows(() => readDer(bytes(`30${size}${hex}`), readOid), DerError);
  }
});

Deno.test("skipRest() passes over whole elements only", () => {
  readDer(derSequence(derUint(1), derOctets(Uint8Array.of(1))), skipRest);
  assertThrows(() => readDer(bytes("3003 0402aa"), skipRest), DerError);
  assertThrows(() => readDer(bytes("3003 1f0100"), skipRest), DerError);
});
