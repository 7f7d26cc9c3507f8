/**
 * A connector as a command: `info`, any capability, or `serve`.
 *
 * It is what `deno run main.ts list_accounts --json '{…}'` needs of the main module of a connector. The standard output
 * holds the JSON of the answer and nothing else, so it can be piped. `sluice connector` of `@sluice/edge/cli` runs the
 * same for a module that exports its connector.
 *
 * @example The main module of a connector, asked what it is
 * ```ts
 * import { Connector, credential } from "@sluice/edge/connector";
 * import { runConnector } from "@sluice/edge/hono/run-connector";
 * import { assertEquals } from "@std/assert";
 *
 * const connector = new Connector({
 *   appId: "demo",
 *   version: "0.1.0",
 *   auth: credential("token"),
 *   descriptionData: { userFriendlyName: "Demo", categories: ["OTHER"] },
 * });
 * if (import.meta.main) await runConnector(connector, Deno.args);
 * assertEquals([...connector.capabilities.keys()], []);
 * ```
 *
 * @module
 */
import { isObject, parseJson } from "../_internal/json.ts";
import type { AnyConnector, Logger } from "../connector/mod.ts";
import { createRedact, type Redact, secretNames } from "../connector/redact.ts";
import { ConfigError } from "../errors.ts";
import { serve } from "../http/serve.ts";
import { type Command, readCommand, UsageError } from "./_command_args.ts";
import { type CommandHost, processHost } from "./_command_host.ts";
import { divertConsole } from "./_console.ts";
import {
  connectorRoutes,
  type ConnectorRoutesOptions,
} from "./connector_routes.ts";

export type { CommandHost } from "./_command_host.ts";
export type {
  ConnectorRoutesOptions,
  ErrorStatuses,
  RpcOptions,
} from "./connector_routes.ts";

/** How a command runs. */
export interface RunConnectorOptions {
  /** Input, output and exit code. Defaults to those of the process. */
  host?: CommandHost;
  /** Stops `serve`, and what a handler does. */
  signal?: AbortSignal;
  /** How `serve` answers. */
  routes?: ConnectorRoutesOptions;
}

/**
 * Runs a connector as a command:
 *
 * - `info` prints what the connector is; a `--json` is taken and ignored.
 * - `<capability> --json '{…}'`, `--json-file FILE` or `-` for the standard input prints the answer. The exit code is 0
 *   for an error envelope too, or 1 with `--fail-on-error`.
 * - `serve --port 8000 --hostname 127.0.0.1` serves `connectorRoutes`.
 *
 * The standard output holds the JSON of the answer and nothing else. Log lines, and what handlers print with `console`,
 * go to the standard error, with the secrets of the request taken out; without the option `host` this stays so after
 * the answer. A command line that cannot be read ends with 2, one without a command and a server that cannot listen
 * with 1.
 *
 * @param connector The connector.
 * @param args The arguments, such as `Deno.args`.
 * @param options The process around it.
 * @returns The exit code, which has been set already.
 *
 * @example The main module of a connector
 * ```ts
 * import { Connector, credential } from "@sluice/edge/connector";
 * import { runConnector } from "@sluice/edge/hono/run-connector";
 * import { assertEquals } from "@std/assert";
 *
 * const connector = new Connector({
 *   appId: "demo",
 *   version: "0.1.0",
 *   auth: credential("token"),
 *   descriptionData: { userFriendlyName: "Demo", categories: ["OTHER"] },
 * });
 * if (import.meta.main) await runConnector(connector, Deno.args);
 * assertEquals(connector.appId, "demo");
 * ```
 */
export async function runConnector(
  connector: AnyConnector,
  args: readonly string[],
  options: RunConnectorOptions = {},
): Promise<number> {
  const { host = processHost() } = options;
  const code = await run({ connector, host, options }, args);
  host.exitWith(code);
  return code;
}

interface Running {
  readonly connector: AnyConnector;
  readonly host: CommandHost;
  readonly options: RunConnectorOptions;
}

async function run(running: Running, args: readonly string[]): Promise<number> {
  const { connector, host } = running;
  try {
    const command = readCommand(args);
    return await runCommand(running, command);
  } catch (error) {
    if (error instanceof ConfigError) {
      await host.err(`${error.message}\n`);
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    await host.err(`${error.message}\n\n${usage(connector)}`);
    return args.length === 0 ? 1 : 2;
  }
}

async function runCommand(running: Running, command: Command): Promise<number> {
  const { connector, host } = running;
  switch (command.kind) {
    case "help":
      await host.err(usage(connector));
      return 0;
    case "info":
      await host.out(`${JSON.stringify(connector.info())}\n`);
      return 0;
    case "serve":
      return await runServe(running, command);
    case "call":
      return await runCall(running, command);
  }
}

async function runServe(
  { connector, host, options }: Running,
  at: { port: number; hostname: string },
): Promise<number> {
  const restore = divert(options, (line) => print(host, line));
  try {
    const app = connectorRoutes(connector, options.routes);
    const { url, finished } = serve((request) => app.fetch(request), {
      ...at,
      signal: options.signal,
    });
    await host.err(`Listening on ${url}\n`);
    await finished;
    return 0;
  } finally {
    restore();
  }
}

async function runCall(
  { connector, host, options }: Running,
  command: Extract<Command, { kind: "call" }>,
): Promise<number> {
  const { name, input, failOnError } = command;
  if (!connector.capabilities.has(name)) {
    throw new UsageError("Wanted a capability of this connector");
  }
  const json = "json" in input ? input.json : await readInput(host, input.file);
  const redact = redactOf(connector, { name, json });
  const restore = divert(options, (line) => print(host, redact(line)));
  try {
    const logger = loggerOf(host, redact);
    const { signal } = options;
    const answer = await connector.dispatch(name, json, {
      handleErrors: true,
      logger,
      ...signal && { signal },
    });
    await host.out(`${answer}\n`);
    return failOnError && isError(answer) ? 1 : 0;
  } finally {
    restore();
  }
}

// What a handler left running may print after the answer, so that a process of our own never gets its console back.
function divert(
  { host }: RunConnectorOptions,
  print: (line: string) => void,
): () => void {
  const restore = divertConsole(print);
  return host === undefined ? (): void => {} : restore;
}

async function readInput(host: CommandHost, file: string): Promise<string> {
  try {
    return await host.read(file);
  } catch {
    throw new UsageError(`Cannot read ${file}`);
  }
}

function redactOf(
  { auth, settings, capabilities }: AnyConnector,
  { name, json }: { name: string; json: string },
): Redact {
  const schemas = [auth.schema, settings, capabilities.get(name)?.request];
  return createRedact(parseJson(json), secretNames(schemas));
}

function loggerOf(host: CommandHost, redact: Redact): Logger {
  const line = (message: string): void => print(host, redact(message));
  return { info: line, warn: line };
}

function print(host: CommandHost, line: string): void {
  host.err(`${line}\n`).catch(() => undefined); // nobody reads the log any more
}

function isError(answer: string): boolean {
  const envelope = parseJson(answer);
  return isObject(envelope) && envelope["is_error"] === true;
}

function usage({ appId, capabilities }: AnyConnector): string {
  const names = [...capabilities.keys()].sort().map((name) => `  ${name}`);
  return [
    `Usage of ${appId}:`,
    "  info",
    "  serve [--port 8000] [--hostname 127.0.0.1]",
    "  <capability> (--json '{…}' | --json-file FILE | -) [--fail-on-error]",
    "Capabilities:",
    ...names,
    "",
  ].join("\n");
}
