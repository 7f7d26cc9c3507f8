import { assert, assertEquals } from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import {
  encodePem,
  encryptPkcs8,
  importPrivateKey,
  importPublicKey,
  type PemLabel,
} from "../../src/crypto/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { DER, KEYS, pemBytes } from "./_vectors.ts";

const TOTAL = 50_000;
const WORKERS = 16;
const PASSPHRASE = "x";
const SEEDS = await Promise.all(
  [1, 2, 16].map((iterations) => encryptPkcs8(DER, PASSPHRASE, { iterations })),
);

type Random = (below: number) => number;

/** Mulberry32: the same numbers in each run, so that a failure can be repeated. */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  // Half of all changes go to the first 160 bytes, where the structure is.
  const at = random(
    random(2) === 0 ? Math.min(160, bytes.length) : bytes.length,
  );
  const interesting = [
    0x00,
    0x01,
    0x02,
    0x04,
    0x30,
    0x7f,
    0x80,
    0x81,
    0x82,
    0x84,
    0xa0,
    0xff,
  ];
  switch (random(7)) {
    case 0:
      return bytes.with(at, random(256));
    case 1:
      return bytes.with(at, interesting[random(interesting.length)] ?? 0);
    case 2:
      return bytes.with(at, (bytes[at] ?? 0) ^ (1 << random(8)));
    case 3:
      return bytes.slice(0, at);
    case 4:
      return Uint8Array.from([
        ...bytes.slice(0, at),
        random(256),
        ...bytes.slice(at),
      ]);
    case 5:
      return Uint8Array.from([
        ...bytes.slice(0, at),
        ...bytes.slice(at + 1 + random(8)),
      ]);
    default:
      return Uint8Array.from([
        ...bytes.slice(0, at),
        ...bytes.slice(random(at + 1)),
      ]);
  }
}

function mutateText(text: string, random: Random): string {
  const at = random(text.length);
  const parts = [
    "-----BEGIN ",
    "-----END ",
    "PRIVATE KEY-----",
    "\r",
    "\0",
    "=",
    "\ud800",
    "Proc-Type: 4,ENCRYPTED\n",
    "A",
  ];
  switch (random(5)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random(65_536)) +
        text.slice(at + 1);
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random(30));
    case 3:
      return text.slice(0, at) + parts[random(parts.length)] + text.slice(at);
    default:
      return text.slice(0, at) + text.slice(random(at + 1));
  }
}

function mutatedPem(
  seed: { der: Uint8Array; label: PemLabel },
  random: Random,
): string {
  const { der, label } = seed;
  if (random(4) === 0) return mutateText(encodePem(der, label), random);
  let bytes = der;
  for (let left = 1 + random(3); left > 0 && bytes.length > 0; left--) {
    bytes = mutateBytes(bytes, random);
  }
  return encodePem(bytes, label);
}

/** Runs all, a few at a time; each must come to an end by itself, with a key or with an error of ours. */
async function runAll(
  total: number,
  attempt: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  let refused = 0;
  const worker = async (): Promise<void> => {
    while (next < total) {
      const index = next++;
      try {
        await attempt(index);
      } catch (error) {
        assert(error instanceof ConfigError, `mutation ${index}: ${error}`);
        refused++;
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return refused;
}

Deno.test("importPrivateKey() ends each of 50,000 mutations with a key or a ConfigError", async () => {
  const seeds = [
    ...SEEDS.map((pem) => ({
      der: pemBytes(pem),
      label: "ENCRYPTED PRIVATE KEY" as const,
    })),
    { der: DER, label: "PRIVATE KEY" as const },
  ];
  const start = performance.now();
  const refused = await runAll(TOTAL, (index) => {
    const random = seeded(index);
    const seed = seeds[random(seeds.length)] ??
      { der: DER, label: "PRIVATE KEY" };
    return importPrivateKey(mutatedPem(seed, random), {
      passphrase: PASSPHRASE,
      hash: "SHA-256",
      maxIterations: 1000,
    });
  });
  assert(refused > TOTAL / 2, `${refused} refused`);
  assert(performance.now() - start < 60_000);
});

Deno.test("importPublicKey() ends each of 5,000 mutations with a key or a ConfigError", async () => {
  const der = pemBytes(`-----BEGIN X-----\n${KEYS.keys["2048"].spki}`);
  const refused = await runAll(5000, (index) => {
    const random = seeded(index);
    const pem = mutatedPem({ der, label: "PUBLIC KEY" }, random);
    const text = random(2) === 0 ? pem : toBase64(mutateBytes(der, random));
    return importPublicKey(text, { hash: "SHA-256" });
  });
  assert(refused > 1000, `${refused} refused`);
  assertEquals(seeded(1)(1000), seeded(1)(1000));
});
