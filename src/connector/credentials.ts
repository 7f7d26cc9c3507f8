import {
  BASIC,
  JWT,
  OAUTH,
  OAUTH1,
  OAUTH_CLIENT_CREDENTIALS,
  OPEN_CREDENTIAL,
  TOKEN,
} from "./_credential_shapes.ts";
import { extendSchema } from "./_extend_schema.ts";
import type { FromSchema, ObjectSchema } from "./from_schema.ts";

/** JSON Schema of what each slot of `auth` holds. */
export const CREDENTIAL_SCHEMAS = {
  oauth: OAUTH as typeof OAUTH,
  oauth_client_credentials:
    OAUTH_CLIENT_CREDENTIALS as typeof OAUTH_CLIENT_CREDENTIALS,
  basic: BASIC as typeof BASIC,
  token: TOKEN as typeof TOKEN,
  jwt: JWT as typeof JWT,
  oauth1: OAUTH1 as typeof OAUTH1,
  service_account: OPEN_CREDENTIAL as typeof OPEN_CREDENTIAL,
  key_pair: OPEN_CREDENTIAL as typeof OPEN_CREDENTIAL,
} as const;

/** The kinds of credentials, by the name of their slot in `auth`. */
export type CredentialSlot = keyof typeof CREDENTIAL_SCHEMAS;

/** What the slot of a credential holds. */
export type CredentialOf<Slot extends CredentialSlot> = FromSchema<
  (typeof CREDENTIAL_SCHEMAS)[Slot]
>;

/** The `auth` of a request: one slot is filled, named like its credential. */
export type AuthCredential = {
  readonly [Slot in CredentialSlot]?: CredentialOf<Slot> | null;
};

/** A kind of credential, with the form that one connector wants; made by {@linkcode credential}. */
export interface CredentialType<
  Slot extends CredentialSlot = CredentialSlot,
  Value = unknown,
> {
  /** The slot that must be filled. */
  readonly slot: Slot;
  /** JSON Schema of what the slot holds. */
  readonly schema: ObjectSchema;
  /** Carries the type of the value; never there. */
  readonly value?: Value;
}

/** The `auth` that a handler gets when its connector wants a credential of this type. */
export type AuthOf<Credential extends CredentialType> = Credential extends
  CredentialType<infer Slot, infer Value>
  ? AuthCredential & { readonly [Name in Slot]: Value }
  : AuthCredential;

/** A credential of a kind as the protocol has it. */
export function credential<Slot extends CredentialSlot>(
  slot: Slot,
): CredentialType<Slot, CredentialOf<Slot>>;
/**
 * A credential of a kind with members of the connector's own, or with titles and hints on the ones it has.
 *
 * @param slot The kind.
 * @param extension An object schema: its members are added, those of the same name and type replace the standard ones.
 * @returns The type, for the option `auth` of a connector.
 * @throws {TypeError} For an unknown kind, or a member that has another type than the standard one.
 *
 * @example A token with a region beside it
 * ```ts
 * import { credential } from "@sluice/edge/connector";
 * import { assertEquals } from "@std/assert";
 *
 * const auth = credential("token", {
 *   type: "object",
 *   required: ["region"],
 *   properties: { region: { type: "string", title: "Region" } },
 * });
 * assertEquals(auth.slot, "token");
 * assertEquals(auth.schema.required, ["token", "region"]);
 * ```
 */
export function credential<
  Slot extends CredentialSlot,
  const Extension extends ObjectSchema,
>(
  slot: Slot,
  extension: Extension,
): CredentialType<Slot, CredentialOf<Slot> & FromSchema<Extension>>;
export function credential(
  slot: CredentialSlot,
  extension?: ObjectSchema,
): CredentialType {
  if (!Object.hasOwn(CREDENTIAL_SCHEMAS, slot)) {
    throw new TypeError(
      `Cannot use the credential "${slot}": wanted one of ${
        Object.keys(CREDENTIAL_SCHEMAS).join(", ")
      }`,
    );
  }
  const what = `the credential "${slot}"`;
  return {
    slot,
    schema: extendSchema(CREDENTIAL_SCHEMAS[slot], { extension, what }),
  };
}
