import { type Command, Option } from "commander";
import { systemClock } from "../_internal/clock.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { isObject, member, parseJson } from "../_internal/json.ts";
import { ConfigError } from "../errors.ts";
import { createSandbox, type Sandbox } from "../sandbox/mod.ts";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  seconds,
  wholeNumber,
} from "./_cli.ts";
import { writeNewFile } from "./_new_file.ts";
import { changeNumber, seed } from "./_seed.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

interface SandboxOptions extends CommonOptions {
  readonly port: number;
  readonly out: string;
  readonly people: number;
  readonly changes: number;
  readonly webhook?: string;
  readonly every: number;
}

/** `sluice sandbox`: a platform on this machine to try with. */
export function sandboxCommand(cli: Cli): Command {
  return newCommand(
    "sandbox",
    "serve a platform in memory, with people and changes to try with, until Ctrl-C",
  )
    .option(
      "--port <n>",
      "TCP port; 0 takes a free one",
      wholeNumber(0, 65535),
      0,
    )
    .option("--out <file>", "configuration to write", "allus.json")
    .option("--people <n>", "connected people", wholeNumber(1, 10_000), 3)
    .option("--changes <n>", "changes in the feed", wholeNumber(0, 100_000), 10)
    .option("--webhook <url>", "post further changes to this address")
    .addOption(
      new Option("--every <seconds>", "how often a further change happens")
        .argParser(seconds).default(5_000, "5"),
    )
    .addHelpText("after", HELP)
    .action(acting(cli, (options: SandboxOptions) => sandbox(cli, options)));
}

async function sandbox(
  cli: Cli,
  options: SandboxOptions,
): Promise<ExitCode> {
  const { out, port, webhook } = options;
  assertPause(options);
  await assertFree(out);
  await using platform = await createSandbox();
  const server = await platform.listen({ port });
  if (webhook !== undefined) await addWebhook(platform, webhook);
  await seed(platform, options);
  await writeConfig(out, platform);
  await tell(cli, server.url, options);
  await goOn(cli, platform, options);
  await removeConfig(out, platform);
  return EXIT.done;
}

const LOOPBACK = "127.0.0.1";
const SHORTEST_PAUSE_MS = 10;

function assertPause({ every }: SandboxOptions): void {
  if (every >= SHORTEST_PAUSE_MS) return;
  throw new ConfigError("Cannot use --every: wanted at least 0.01 seconds");
}

async function addWebhook(platform: Sandbox, url: string): Promise<void> {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new ConfigError(
      "Cannot use --webhook: wanted an address that begins with http:// or https://",
    );
  }
  await platform.addWebhook({ url });
}

// A file of a real service must not be lost; one of an earlier sandbox is of no use any more.
async function assertFree(out: string): Promise<void> {
  const text = await Deno.readTextFile(out).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new ConfigError(`Cannot use --out ${out}: the host refuses it`);
  });
  if (text === undefined) return;
  const value = parseJson(text);
  if (!isObject(value) || member(value, "sandbox") !== true) {
    throw new ConfigError(
      `Cannot use --out ${out}: it is there already and not of a sandbox, wanted another name`,
    );
  }
  if (await isServed(member(value, "api_url"))) {
    throw new ConfigError(
      `Cannot use --out ${out}: it is of a sandbox that still runs, wanted another name`,
    );
  }
  await Deno.remove(out);
}

// A sandbox listens on the loopback address alone, which answers at once.
async function isServed(url: unknown): Promise<boolean> {
  const at = typeof url === "string" ? URL.parse(url) : null;
  if (at?.hostname !== LOOPBACK || at.port === "") return false;
  const port = Number(at.port);
  return await Deno.connect({ hostname: LOOPBACK, port }).then(
    (connection) => (connection.close(), true),
    () => false,
  );
}

async function writeConfig(out: string, platform: Sandbox): Promise<void> {
  const config = platform.config({ sandbox: true });
  const text = `${JSON.stringify(config, null, 2)}\n`;
  await writeNewFile(out, encodeUtf8(text));
}

// Only the file of this very sandbox: another one may have been started since.
async function removeConfig(out: string, platform: Sandbox): Promise<void> {
  const text = await Deno.readTextFile(out).catch(() => "");
  const value = parseJson(text);
  const isOurs = isObject(value) && member(value, "sandbox") === true &&
    member(value, "api_url") === platform.url;
  if (isOurs) await Deno.remove(out);
}

async function tell(
  { output }: Cli,
  url: string,
  { out, people, changes, webhook, every }: SandboxOptions,
): Promise<void> {
  if (output.isJson) return await output.json({ url, config: out });
  output.warn(`Listening on ${url}, until Ctrl-C`);
  output.note(`${people} people and ${changes} changes; settings in ${out}`);
  const where = webhook === undefined ? "in the feed" : "by webhook";
  output.note(`One more change ${where} every ${every / 1000} s`);
  output.note(`Try: sluice drain --config ${out} --ndjson`);
}

async function goOn(
  { output, host: { signal } }: Cli,
  platform: Sandbox,
  { webhook, every }: SandboxOptions,
): Promise<void> {
  for (let number = 1; !signal.aborted; number++) {
    await systemClock.sleep(every, signal).catch(() => {}); // woken by Ctrl-C
    if (signal.aborted) return;
    const change = changeNumber(number);
    if (webhook === undefined) await platform.publish(change);
    else {
      const [sent] = await platform.deliver(change);
      output.note(`Webhook ${number}: ${sentText(sent?.status ?? null)}`);
      // Otherwise the platform holds everything back from now on.
      if (sent && !sent.delivered) await platform.probe(sent.webhookId);
    }
  }
}

function sentText(status: number | null): string {
  if (status === null) return "held back, as the one before did not arrive";
  return status === 0 ? "no answer" : `answered with ${status}`;
}

const HELP = `
Everything is as on the platform (tokens, encryption, deletion of what was
handed out), and nothing outlives the process. The configuration is written to
--out, where drain, doctor and export find it, and removed at the end.

Examples:
  $ sluice sandbox
  $ sluice sandbox --webhook http://127.0.0.1:8000/webhook --every 1
${EXIT_HELP}`;
