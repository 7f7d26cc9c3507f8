import type { PAGE_SCHEMA } from "./_account_shapes.ts";
import type { FromSchema } from "./from_schema.ts";
import type { STANDARD_CAPABILITIES } from "./standard_capabilities.ts";

/** Where a listing goes on, and how long its pages are. */
export type Page = FromSchema<typeof PAGE_SCHEMA>;

/** The schemas of all standard capabilities. */
export type StandardSchemas = typeof STANDARD_CAPABILITIES;

/** A capability whose name, request and response the protocol fixes. */
export type StandardCapability = keyof StandardSchemas;

/** The request payload of a standard capability. */
export type RequestOf<Name extends StandardCapability> = FromSchema<
  StandardSchemas[Name]["request"]
>;

/** The response payload of a standard capability. */
export type ResponseOf<Name extends StandardCapability> = FromSchema<
  StandardSchemas[Name]["response"]
>;

/** The capabilities that obtain the credential and so have none yet, and those that only describe the connector. */
export type OpenCapability = {
  [Name in StandardCapability]: StandardSchemas[Name]["auth"] extends false
    ? Name
    : never;
}[StandardCapability];

/** An account of the app, active or suspended. */
export type FoundAccountData = ResponseOf<"list_accounts">[number];

/** A resource of the app, such as a project or a folder. */
export type FoundResourceData = ResponseOf<"list_resources">[number];

/** Something that an account can be given on a resource, such as a role. */
export type FoundEntitlementData = ResponseOf<"list_entitlements">[number];

/** That an account has an entitlement on a resource. */
export type FoundEntitlementAssociation = ResponseOf<
  "find_entitlement_associations"
>[number];

/** When and how an account was last used. */
export type LastActivityData = ResponseOf<"get_last_activity">[number];

/** An attribute that the app lets its users define. */
export type CustomAttributeSchema = ResponseOf<
  "list_custom_attributes_schema"
>[number];

/** What the capabilities that end with a token respond. */
export type OauthCredentials = ResponseOf<"refresh_access_token">;
