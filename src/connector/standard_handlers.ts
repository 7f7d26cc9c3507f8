import type { CapabilityHandler, CapabilityMetadata } from "./capability.ts";
import type { SettingsOf } from "./connector_options.ts";
import type { AuthOf, CredentialType } from "./credentials.ts";
import type { ObjectSchema } from "./from_schema.ts";
import type {
  OpenCapability,
  RequestOf,
  ResponseOf,
  StandardCapability,
} from "./payloads.ts";

/** The `auth` that the handler of a capability gets. */
export type AuthFor<
  Name extends StandardCapability,
  Credential extends CredentialType,
> = Name extends OpenCapability ? AuthOf<CredentialType> | undefined
  : AuthOf<Credential>;

/** The handler of a standard capability. */
export type StandardHandler<
  Name extends StandardCapability,
  Credential extends CredentialType = CredentialType,
  Settings extends ObjectSchema = ObjectSchema,
  Extension = unknown,
> = CapabilityHandler<
  RequestOf<Name> & Extension,
  ResponseOf<Name>,
  SettingsOf<Settings>,
  AuthFor<Name, Credential>
>;

/** Several standard capabilities: a handler, or a handler and what people are shown. */
export type StandardHandlers<
  Credential extends CredentialType = CredentialType,
  Settings extends ObjectSchema = ObjectSchema,
> = {
  readonly [Name in StandardCapability]?:
    | StandardHandler<Name, Credential, Settings>
    | readonly [
      StandardHandler<Name, Credential, Settings>,
      CapabilityMetadata,
    ];
};
