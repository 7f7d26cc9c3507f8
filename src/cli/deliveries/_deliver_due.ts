import {
  type DeliveryReport,
  type DeliveryStop,
  restHooksDialect,
  sluiceDialect,
  standardWebhooksDialect,
} from "../../delivery/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import { interruptedBy } from "../_failure/exit_code.ts";
import {
  type OpenSender,
  openSender,
  type SenderOptions,
} from "../_sender/open_sender.ts";
import { proveKey } from "../_sender/prove_key.ts";
import { isoTime } from "../_terminal/iso_time.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** How what is due is sent. */
export interface RunOptions extends SenderOptions {
  readonly deadline?: number;
  readonly concurrency?: number;
}

/** Sends what is due, and tells what became of it. */
export async function deliverDue(
  cli: Cli,
  options: RunOptions,
): Promise<ExitCode> {
  const { deadline, concurrency } = options;
  const { signal } = cli.host;
  await using open = await openSender(cli, options, { key: true });
  await proveKey(open.sender);
  await assertComplete(open);
  const report = await open.sender.deliverDue({
    signal,
    ...deadline !== undefined && { deadlineMs: deadline },
    ...concurrency !== undefined && { concurrency },
  });
  await tell(cli, report);
  return exitOf(cli, report);
}

const BUILT_IN = [sluiceDialect, standardWebhooksDialect, restHooksDialect];

// Each attempt would fail, and the last of them for good.
async function assertComplete(
  { sender, settings: { permissions, dialects = [] } }: OpenSender,
): Promise<void> {
  const known = new Set([...BUILT_IN, ...dialects].map(({ name }) => name));
  for await (const { permission, dialect } of sender.subscriptions()) {
    if (permission !== null && !permissions) throw incomplete("permissions");
    if (!known.has(dialect)) throw incomplete("dialects");
  }
}

function incomplete(what: "permissions" | "dialects"): ConfigError {
  const state = what === "permissions"
    ? "a subscription has a permission that nobody can be asked for"
    : "a subscription has a dialect that is not built in";
  return new ConfigError(
    `Cannot deliver: ${state}, wanted --module with ${what} of the application`,
  );
}

async function tell(
  { output }: Cli,
  report: DeliveryReport,
): Promise<void> {
  if (output.isJson) return await output.json(report);
  const { succeeded, retried, failed, denied, missing, dropped } = report;
  const { disabled, nextDueAt, stopped } = report;
  output.note(
    `${succeeded} delivered, ${retried} failed and are tried again, ${failed} failed for good, ${
      denied + missing
    } not permitted; ${WHY[stopped]}`,
  );
  if (dropped > 0) {
    output.warn(
      `Warning: ${dropped} were not kept: too many were held, or too old`,
    );
  }
  if (disabled > 0) {
    output.warn(`Warning: ${disabled} subscriptions were deactivated`);
  }
  if (failed > 0) output.note("See: sluice deliveries list --status failed");
  if (nextDueAt !== null) {
    output.note(`The next is due at ${isoTime(nextDueAt)}`);
  }
}

const WHY: Readonly<Record<DeliveryStop, string>> = {
  empty: "nothing more is due",
  deadline: "the time is over",
  aborted: "it was told to stop",
  busy: "another run is at work",
};

function exitOf(
  { host: { signal } }: Cli,
  { stopped, failed, dropped, disabled, nextDueAt }: DeliveryReport,
): ExitCode {
  if (stopped === "aborted") return interruptedBy(signal);
  if (stopped === "busy" || failed + dropped + disabled > 0) return EXIT.left;
  if (stopped === "deadline") return EXIT.done;
  return nextDueAt === null ? EXIT.done : EXIT.left;
}
