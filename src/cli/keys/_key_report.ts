import {
  decryptPkcs8,
  importPrivateKey,
  importPublicKey,
} from "../../crypto/mod.ts";
import { ConfigError } from "../../errors.ts";
import { blocksOf, type KeyBlock, protectionOf } from "./_pem_blocks.ts";

/** Whether a runtime can use a key. */
export interface Opening {
  readonly runtime: string;
  /** `"form"`: as far as that can be told without the passphrase. */
  readonly verdict: "yes" | "form" | "no";
  /** Why not, or what is still to be proved. */
  readonly reason: string | null;
}

/** What is known about a key; nothing of the key itself. */
export interface KeyReport {
  readonly file: string;
  readonly kind: string;
  readonly protection: string;
  /** `null` when it was not opened. */
  readonly bits: number | null;
  readonly opens: readonly Opening[];
  readonly mend: string | null;
}

/** What a key is looked at with. */
export interface InspectOptions {
  readonly passphrase: string | undefined;
  readonly file: string;
}

// Cloudflare refuses more in production, a local workerd does not: https://github.com/cloudflare/workerd/issues/1346
const RUNTIMES = [
  { runtime: "Deno", maxIterations: 10_000_000 },
  { runtime: "Deno Deploy", maxIterations: 10_000_000 },
  { runtime: "Cloudflare", maxIterations: 100_000 },
] as const;

/** Finds out what a PEM text holds and who can use it. */
export async function reportOn(
  pem: string,
  { passphrase, file }: InspectOptions,
): Promise<KeyReport> {
  const blocks = blocksOf(pem);
  const key = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  const block = key ?? blocks[0];
  const tried = !key && block?.label === "PUBLIC KEY"
    ? await tryPublic(pem)
    : await tryPrivate(pem, passphrase);
  const mends = tried.flatMap(({ problem }) =>
    problem === null ? [] : commandFor(problem, file) ?? []
  );
  return {
    file,
    kind: kindOf(block),
    protection: block ? protectionOf(block) : "none",
    bits: tried.find(({ bits }) => bits !== null)?.bits ?? null,
    opens: tried.map(openingOf),
    mend: mends[0] ?? null,
  };
}

interface Tried {
  readonly runtime: string;
  readonly bits: number | null;
  /** Why it cannot be used; `null` when it can. */
  readonly problem: string | null;
  /** Whether it could not be opened only because there was no passphrase. */
  readonly isLocked?: boolean;
}

async function tryPublic(pem: string): Promise<Tried[]> {
  const open = async (): Promise<CryptoKey> =>
    await importPublicKey(pem, { hash: "SHA-256" });
  return [{ runtime: "encrypting", ...await tryToOpen(open) }];
}

async function tryPrivate(
  pem: string,
  passphrase: string | undefined,
): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const { runtime, maxIterations } of RUNTIMES) {
    const open = async (): Promise<CryptoKey> =>
      await importPrivateKey(pem, {
        hash: "SHA-256",
        passphrase,
        maxIterations,
      });
    const isLocked = passphrase === undefined &&
      await wantsPassphrase(pem, maxIterations);
    tried.push(
      isLocked
        ? { runtime, bits: null, problem: null, isLocked }
        : { runtime, ...await tryToOpen(open) },
    );
  }
  return tried;
}

async function wantsPassphrase(
  pem: string,
  maxIterations: number,
): Promise<boolean> {
  try {
    (await decryptPkcs8(pem, undefined, { maxIterations })).fill(0);
    return false;
  } catch (error) {
    return error instanceof ConfigError &&
      error.problems.some(({ field }) => field === "passphrase");
  }
}

async function tryToOpen(
  open: () => Promise<CryptoKey>,
): Promise<Omit<Tried, "runtime">> {
  try {
    return { bits: bitsOf(await open()), problem: null };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [{ message } = error] = error.problems;
    return { bits: null, problem: message };
  }
}

function bitsOf({ algorithm }: CryptoKey): number | null {
  return "modulusLength" in algorithm &&
      typeof algorithm.modulusLength === "number"
    ? algorithm.modulusLength
    : null;
}

function openingOf({ runtime, problem, isLocked = false }: Tried): Opening {
  if (isLocked) {
    const reason = "the form is right; give the passphrase to prove the key";
    return { runtime, verdict: "form", reason };
  }
  if (problem === null) return { runtime, verdict: "yes", reason: null };
  const { state } = partsOf(problem);
  return { runtime, verdict: "no", reason: state };
}

function commandFor(problem: string, file: string): string | undefined {
  const { command } = partsOf(problem);
  return command?.replace(/ old\.(?:pem|der)/, ` ${file}`);
}

// The messages about keys end in the command that helps.
function partsOf(problem: string): { state: string; command?: string } {
  const [, state = problem, command] =
    /^(.*); (?:if it is a DER file, )?((?:convert it|make a new key) with: .*)$/
      .exec(problem) ?? [];
  return command === undefined ? { state } : { state, command };
}

const KINDS: Readonly<Record<string, string>> = {
  "PRIVATE KEY": "private key (PKCS#8)",
  "ENCRYPTED PRIVATE KEY": "encrypted private key (PKCS#8)",
  "RSA PRIVATE KEY": "RSA private key (PKCS#1)",
  "EC PRIVATE KEY": "EC private key (SEC 1)",
  "OPENSSH PRIVATE KEY": "private key of OpenSSH",
  "PUBLIC KEY": "public key (SubjectPublicKeyInfo)",
  "CERTIFICATE": "certificate (X.509)",
};

function kindOf(block: KeyBlock | undefined): string {
  if (!block) return "no PEM block";
  return Object.hasOwn(KINDS, block.label)
    ? KINDS[block.label] ?? block.label
    : block.label;
}
