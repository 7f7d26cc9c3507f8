import { isObject, type JsonObject } from "../_internal/json.ts";
import type { NewSubscription } from "../delivery/mod.ts";
import { ConfigError } from "../errors.ts";
import type { Cli } from "./_cli.ts";
import { readJson } from "./_json_input.ts";
import { openSender, proveKey, type SenderOptions } from "./_sender.ts";
import { showSecret } from "./_shown_secret.ts";
import { EXIT, type ExitCode } from "./exit.ts";

/** What a subscription is made of, besides its target. */
export interface AddOptions
  extends SenderOptions, Pick<NewSubscription, Field> {
  readonly from?: string;
}

type Field =
  | "for"
  | "when"
  | "scope"
  | "owner"
  | "permission"
  | "dialect"
  | "ordered"
  | "signing";

const FIELDS: readonly Field[] = [
  "for",
  "when",
  "scope",
  "owner",
  "permission",
  "dialect",
  "ordered",
  "signing",
];

/** Stores a new subscription, and shows its secret. */
export async function add(
  cli: Cli,
  to: string | undefined,
  options: AddOptions,
): Promise<ExitCode> {
  const fields = await fieldsOf(cli, to, options);
  await using open = await openSender(cli, options, {
    key: true,
    create: true,
  });
  await proveKey(open.sender);
  const { signal } = cli.host;
  // Its members come from outside; it reads and refuses each of them itself.
  const given = fields as unknown as NewSubscription;
  const made = await open.sender.subscribe(given, { signal });
  await showSecret(cli, made.subscription.id, made);
  return EXIT.done;
}

async function fieldsOf(
  cli: Cli,
  to: string | undefined,
  options: AddOptions,
): Promise<JsonObject> {
  const { from } = options;
  if (to === undefined && from === undefined) {
    throw new ConfigError(
      "Cannot subscribe: wanted the address of the target, or --from",
    );
  }
  const fields: JsonObject = from === undefined ? {} : await read(cli, from);
  const given = FIELDS.map((name) => [name, options[name]] as const);
  const set = given.filter(([, value]) => value !== undefined);
  return {
    ...fields,
    ...Object.fromEntries(set),
    ...to !== undefined && { to },
  };
}

async function read(cli: Cli, from: string): Promise<JsonObject> {
  const value = await readJson(cli, {
    path: from,
    what: "the subscription of --from",
  });
  if (isObject(value)) return value;
  throw new ConfigError(
    "Cannot use the subscription of --from: wanted a JSON object",
  );
}
