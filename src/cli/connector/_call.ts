import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import { MOST_JSON_BYTES } from "../_files/read_json.ts";
import { readText } from "../_files/read_text.ts";
import type { ExitCode } from "../exit.ts";
import { loadConnector } from "./_load_connector.ts";
import { runWith } from "./_run_with.ts";

/** How a capability is called. */
export interface CallOptions {
  readonly json?: string;
  readonly jsonFile?: string;
  readonly failOnError?: boolean;
}

/** Calls a capability. */
export async function call(
  cli: Cli,
  { module, capability }: { module: string; capability: string },
  options: CallOptions,
): Promise<ExitCode> {
  const { failOnError = false } = options;
  const request = await readRequest(cli, options);
  const connector = await loadConnector(module);
  if (!connector.capabilities.has(capability)) {
    const names = [...connector.capabilities.keys()].join(", ");
    throw new ConfigError(
      `Cannot call ${capability}: the connector has no such capability, wanted one of ${names}`,
    );
  }
  const flags = failOnError ? ["--fail-on-error"] : [];
  return await runWith(cli, connector, {
    args: [capability, "--json-file=-", ...flags],
    request,
  });
}

async function readRequest(
  cli: Cli,
  { json, jsonFile }: CallOptions,
): Promise<string> {
  if (json !== undefined && jsonFile === undefined) return json;
  if (json !== undefined || jsonFile === undefined) {
    throw new ConfigError(
      "Cannot call: wanted exactly one of --json and --json-file",
    );
  }
  const reading = { what: "the request", mostBytes: MOST_JSON_BYTES };
  return await readText(cli, jsonFile, reading);
}
