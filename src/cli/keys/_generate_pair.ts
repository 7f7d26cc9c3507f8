import { resolve } from "@std/path";
import { encodeUtf8 } from "../../_internal/bytes.ts";
import { encodePem, encryptPkcs8, generateKeyPair } from "../../crypto/mod.ts";
import type { Cli } from "../_command.ts";
import { writeNewFile } from "../_files/new_file.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { passphraseOf, type PassphraseOptions } from "./_passphrase.ts";

/** What key is made, and where it is written. */
export interface GenerateOptions extends PassphraseOptions {
  readonly out: string;
  readonly bits: "2048" | "3072" | "4096";
  readonly iterations: number;
}

/** Makes a key pair, and writes it to new files. */
export async function generate(
  cli: Cli,
  options: GenerateOptions,
): Promise<ExitCode> {
  const { out, bits, iterations } = options;
  const files = {
    privateKey: out,
    publicKey: `${out.replace(/\.pem$/, "")}.pub.pem`,
    passphrase: `${out}.passphrase`,
  };
  const given = await passphraseOf(cli, options);
  const passphrase = given ?? randomPassphrase();
  const modulusLength = { "2048": 2048, "3072": 3072, "4096": 4096 } as const;
  const pair = await generateKeyPair({ modulusLength: modulusLength[bits] });
  const pem = await encryptPkcs8(pair.privateKey, passphrase, { iterations });
  pair.privateKey.fill(0);
  const publicPem = encodePem(pair.publicKey, "PUBLIC KEY");
  const secrets = [
    { path: files.privateKey, text: pem },
    ...given === undefined
      ? [{ path: files.passphrase, text: `${passphrase}\n` }]
      : [],
    { path: files.publicKey, text: publicPem },
  ];
  await writeAllNew(secrets);
  try {
    await tellGenerated(cli, { files, publicPem, isNew: given === undefined });
  } catch (error) {
    cli.output.warn(`Warning: the keys are made; see ${files.publicKey}`);
    throw error;
  }
  return EXIT.done;
}

// None of them is left behind when one of them cannot be written.
async function writeAllNew(
  files: readonly { path: string; text: string }[],
): Promise<void> {
  const written: string[] = [];
  try {
    for (const { path, text } of files) {
      await writeNewFile(path, encodeUtf8(text));
      written.push(path);
    }
  } catch (error) {
    for (const path of written) await Deno.remove(path);
    throw error;
  }
}

interface Generated {
  readonly files: Record<"privateKey" | "publicKey" | "passphrase", string>;
  readonly publicPem: string;
  readonly isNew: boolean;
}

async function tellGenerated(
  { output }: Cli,
  { files, publicPem, isNew }: Generated,
): Promise<void> {
  const { passphrase, ...keys } = files;
  const named = isNew ? { ...keys, passphrase } : keys;
  if (output.isJson) return await output.json({ ...named, publicPem });
  await output.data(publicPem);
  output.note(`Upload the public key above; it is also in ${keys.publicKey}`);
  output.note(`service_private_key: ${resolve(keys.privateKey)}`);
  if (isNew) output.note(`key_passphrase: the text in ${passphrase}`);
}

function randomPassphrase(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
