import {
  type ConfigOptions,
  hasConfig,
  readConfig,
} from "../_client/config.ts";
import type { Cli } from "../_command.ts";
import type { SenderOptions } from "../_sender/open_sender.ts";
import { hasSealingKey } from "../_sender/sealing_key.ts";
import { attempt, type Finding, ok, skip } from "./_finding.ts";
import { keyFindings } from "./_keys.ts";
import { platformFindings } from "./_platform.ts";
import { storeFindings } from "./_store.ts";

/** What is examined. */
export interface ExamineOptions extends ConfigOptions, SenderOptions {}

/** Makes all checks, each of which goes on where the one before has failed, as far as that makes sense. */
export async function examine(
  cli: Cli,
  options: ExamineOptions,
): Promise<Finding[]> {
  if (await isForDeliveries(cli, options)) {
    return [
      ...["config", ...AFTER_CONFIG].map((check) =>
        skip(check, "there is no configuration")
      ),
      ...await storeFindings(cli, undefined, options),
    ];
  }
  const config = await attempt("config", () => readConfig(cli, options));
  if ("finding" in config) {
    const rest = [...AFTER_CONFIG, "store"];
    return [
      config.finding,
      ...rest.map((check) => skip(check, "needs a configuration")),
    ];
  }
  const { value } = config;
  return [
    ok("config", `client ${value.clientId} of ${value.apiUrl}`),
    ...await keyFindings(value),
    ...await platformFindings(cli, value),
    ...await storeFindings(cli, value, options),
  ];
}

const AFTER_CONFIG: readonly string[] = ["keys", "token", "catalog", "clock"];

// Whoever only sends webhooks has no configuration.
async function isForDeliveries(
  cli: Cli,
  options: ExamineOptions,
): Promise<boolean> {
  return options.kv !== undefined && hasSealingKey(cli, options) &&
    !await hasConfig(cli, options);
}
