import { compileSchema, describeErrors } from "../schema/mod.ts";
import { ConnectorError } from "./connector_error.ts";
import type {
  AuthCredential,
  CredentialOf,
  CredentialSlot,
} from "./credentials.ts";
import type { FromSchema, ObjectSchema } from "./from_schema.ts";

/** The part of the arguments of a handler that holds the credential. */
export interface WithAuth {
  /** The credential, in its slot. */
  readonly auth?: AuthCredential | undefined;
}

/**
 * The access token of either OAuth 2 flow: the `oauth` slot, else `oauth_client_credentials`.
 *
 * @throws {ConnectorError} `bad_request` when neither is filled.
 */
export function getOauth(
  args: WithAuth,
): CredentialOf<"oauth"> | CredentialOf<"oauth_client_credentials"> {
  return args.auth?.oauth ?? slotOf(args, "oauth_client_credentials");
}

/**
 * The name and password.
 *
 * @throws {ConnectorError} `bad_request` when the slot is not filled.
 */
export function getBasicAuth(args: WithAuth): CredentialOf<"basic"> {
  return slotOf(args, "basic");
}

/**
 * The fixed token.
 *
 * @throws {ConnectorError} `bad_request` when the slot is not filled.
 */
export function getTokenAuth(args: WithAuth): CredentialOf<"token"> {
  return slotOf(args, "token");
}

/**
 * The parts of a signed token.
 *
 * @throws {ConnectorError} `bad_request` when the slot is not filled.
 */
export function getJwtAuth(args: WithAuth): CredentialOf<"jwt"> {
  return slotOf(args, "jwt");
}

/**
 * The settings as a schema has them, for code that is shared by connectors.
 *
 * @param args The arguments of a handler; settings that are not there count as `{}`.
 * @param schema What they must match.
 * @throws {ConnectorError} `bad_request` when they do not.
 */
export function getSettings<const Schema extends ObjectSchema>(
  args: { readonly settings?: unknown },
  schema: Schema,
): FromSchema<Schema> {
  const settings = args.settings ?? {};
  const errors = compileSchema(schema).errors(settings);
  if (errors.length === 0) return settings as FromSchema<Schema>;
  throw new ConnectorError(
    `Invalid request settings - ${describeErrors(errors)}`,
    { errorCode: "bad_request" },
  );
}

/**
 * Members for `extra_data`: those that are not empty, as texts. `null`, `undefined`, `""`, `0` and `false` are dropped.
 *
 * @param members What the app says of an item.
 */
export function extraData(
  members: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => Boolean(value))
      .map(([name, value]) => [
        name,
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]),
  );
}

function slotOf<Slot extends CredentialSlot>(
  { auth }: WithAuth,
  slot: Slot,
): CredentialOf<Slot> {
  const slots: { readonly [Name in Slot]?: CredentialOf<Name> | null } = auth ??
    {};
  const held = slots[slot];
  if (held) return held;
  throw new ConnectorError("Wrong auth", { errorCode: "bad_request" });
}
