import { type Command, Option } from "commander";
import {
  acting,
  type Cli,
  newCommand,
  newGroup,
  wholeNumber,
} from "../_command.ts";
import { EXIT_HELP } from "../exit.ts";
import { generate, type GenerateOptions } from "./_generate_pair.ts";
import { generateSealing } from "./_generate_sealing_key.ts";
import { inspect } from "./_inspect.ts";
import { type PassphraseOptions, withPassphrase } from "./_passphrase.ts";

interface GenerateCommandOptions extends Omit<GenerateOptions, "out"> {
  readonly out?: string;
  readonly sealing?: boolean;
}

/** `sluice keys`: looks at keys and makes them. */
export function keysCommand(cli: Cli): Command {
  return newGroup("keys", "look at keys, and make them")
    .addCommand(inspectCommand(cli))
    .addCommand(generateCommand(cli));
}

function inspectCommand(cli: Cli): Command {
  return withPassphrase(
    newCommand(
      "inspect",
      "say what a PEM file holds, which runtimes open it, and how to convert it",
    ),
  )
    .argument("<file>", "the file, or - for the standard input")
    .addHelpText("after", INSPECT_HELP)
    .action(
      acting(
        cli,
        (file: string, options: PassphraseOptions) =>
          inspect(cli, file, options),
      ),
    );
}

function generateCommand(cli: Cli): Command {
  return withPassphrase(
    newCommand(
      "generate",
      "make a new key pair, the private key encrypted, or a sealing key",
    ),
  )
    .option(
      "--out <file>",
      "the private key, or the sealing key (default: service.pem, or sealing.key)",
    )
    .addOption(
      new Option("--sealing", "a key that seals what lies in the store")
        .conflicts(["bits", "iterations", "passphraseEnv", "passphraseFile"]),
    )
    .addOption(
      new Option("--bits <n>", "bits of the key")
        .choices(["2048", "3072", "4096"]).default("2048"),
    )
    .option(
      "--iterations <n>",
      "of PBKDF2; Cloudflare refuses more than 100000",
      wholeNumber(10_000, 10_000_000),
      100_000,
    )
    .addHelpText("after", GENERATE_HELP)
    .action(
      acting(
        cli,
        (options: GenerateCommandOptions) =>
          options.sealing
            ? generateSealing(cli, options)
            : generate(cli, { ...options, out: options.out ?? "service.pem" }),
      ),
    );
}

const INSPECT_HELP = `
Nothing of the key is shown. With the passphrase it is opened as well, which
proves it and tells the size. The exit code is 1 when a runtime refuses it.

Examples:
  $ sluice keys inspect service.pem
  $ sluice keys inspect service.pem --passphrase-file service.pem.passphrase
${EXIT_HELP}`;

const GENERATE_HELP = `
Writes the private key and, when no passphrase is given, a new passphrase, each
to a file that only its owner can read, and prints the public key, which is to
be uploaded. With --sealing it writes the key under which the secrets of
subscriptions lie in the store; what it sealed is lost without it. No file is
overwritten.

Examples:
  $ sluice keys generate --out service.pem
  $ sluice keys generate --sealing --out sealing.key
  $ KEY_WORDS=... sluice keys generate --passphrase-env KEY_WORDS > upload.pem
${EXIT_HELP}`;
