import type { JsonObject } from "../../_internal/json.ts";
import type { NewSubscription } from "../../delivery/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import { readJsonObject } from "../_files/read_json.ts";
import { openSender, type SenderOptions } from "../_sender/open_sender.ts";
import { proveKey } from "../_sender/prove_key.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { showSecret } from "./_shown_secret.ts";

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
  const fields: JsonObject = from === undefined
    ? {}
    : await readJsonObject(cli, from, { what: "the subscription of --from" });
  const given = FIELDS.map((name) => [name, options[name]] as const);
  const set = given.filter(([, value]) => value !== undefined);
  return {
    ...fields,
    ...Object.fromEntries(set),
    ...to !== undefined && { to },
  };
}
