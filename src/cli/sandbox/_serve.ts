import { systemClock } from "../../_internal/clock.ts";
import { ConfigError } from "../../errors.ts";
import { createSandbox, type Sandbox } from "../../sandbox/mod.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { assertFree, removeConfig, writeConfig } from "./_config_file.ts";
import { changeNumber, seed } from "./_seed.ts";

/** What the platform holds, and where it is found. */
export interface SandboxOptions extends CommonOptions {
  readonly port: number;
  readonly out: string;
  readonly people: number;
  readonly changes: number;
  readonly webhook?: string;
  readonly every: number;
}

/** Serves a platform until the command is to stop. */
export async function serveSandbox(
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
