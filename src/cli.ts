/**
 * The `sluice` command.
 *
 * ```sh
 * deno run -A jsr:@sluice/edge/cli --help
 * ```
 *
 * | command | what it does |
 * | --- | --- |
 * | `doctor` | checks configuration, keys, token, catalog, clock, store and deliveries, and says how to mend them |
 * | `drain` | delivers the changes of the feed |
 * | `inbox status`, `drain`, `backlog` | what webhooks brought |
 * | `dead-letters list`, `show`, `retry`, `drop`, `export` | the changes that were given up |
 * | `connections export` | the connected people as NDJSON or a table |
 * | `subscriptions list`, `add`, `remove`, `activate`, `deactivate`, `rotate`, `explain` | who is sent which events |
 * | `deliveries list`, `show`, `replay`, `run` | webhooks to others |
 * | `store setup` | makes a store, or prints the SQL for it |
 * | `keys inspect`, `generate` | key pairs and sealing keys |
 * | `sandbox` | a platform in memory to try with |
 * | `integration`, `connector` | check them, call them, serve them |
 *
 * The standard output carries data and JSON and nothing else; messages, progress and errors go to the standard error,
 * and neither a secret nor a decrypted value is ever among them. A new signing secret is data, shown once. Keys and the
 * address of a database come from variables or files, never from arguments, which others on the machine can read.
 * `--json` gives every result as JSON. The exit code says what happened, see {@linkcode EXIT}. Ctrl-C, SIGTERM and a
 * closed terminal stop after the event in hand, a second Ctrl-C or SIGTERM and SIGQUIT at once; whatever was not finished
 * waits in the store for the next run.
 *
 * @example Run a command from a program
 * ```ts
 * import { EXIT, runSluice } from "@sluice/edge/cli";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const code = await runSluice(["doctor", "--config", "missing.json"], {
 *   env: {},
 *   outIsTerminal: false,
 *   errIsTerminal: false,
 *   columns: 80,
 *   out: () => Promise.resolve(),
 *   err: (part) => Promise.resolve(void (text += part)),
 *   readInput: () => Promise.resolve(""),
 *   signal: new AbortController().signal,
 * });
 * assertEquals(code, EXIT.input);
 * ```
 *
 * @module
 */
import { main } from "./cli/main.ts";

export { EXIT, type ExitCode } from "./cli/exit.ts";
export type { CliHost } from "./cli/host.ts";
export { runSluice } from "./cli/run.ts";

if (import.meta.main) await main();
