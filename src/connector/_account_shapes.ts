// JSON Schema, from which TypeBox derives the types. Optional members also take null: the protocol writes every unset
// member as null.

/** What an account can be. */
export const ACCOUNT_STATUS = {
  type: "string",
  enum: [
    "ACTIVE",
    "INACTIVE",
    "SUSPENDED",
    "DEPROVISIONED",
    "PENDING",
    "DELETED",
  ],
} as const;

/** A payload without members. */
export const EMPTY = {
  title: "Empty",
  type: "object",
  properties: {},
} as const;

/** One page of a listing. */
export const PAGE_SCHEMA = {
  title: "Page",
  type: "object",
  properties: {
    token: {
      type: ["string", "null"],
      description: "Opaque; the next request repeats it",
    },
    size: {
      type: ["integer", "null"],
      description: "How many items the caller would like",
    },
  },
} as const;

/** An account of the app. */
export const FOUND_ACCOUNT_DATA = {
  title: "FoundAccountData",
  type: "object",
  required: ["integration_specific_id"],
  properties: {
    integration_specific_id: { type: "string", "x-semantic": "account-id" },
    email: { type: ["string", "null"] },
    given_name: { type: ["string", "null"] },
    family_name: { type: ["string", "null"] },
    username: { type: ["string", "null"] },
    user_status: {
      anyOf: [ACCOUNT_STATUS as typeof ACCOUNT_STATUS, { type: "null" }],
    },
    extra_data: { type: ["object", "null"], additionalProperties: {} },
    custom_attributes: {
      type: ["object", "null"],
      additionalProperties: { type: "string" },
    },
    account_type: { enum: ["service", "user", null] },
  },
} as const;

/** A resource of the app. */
export const FOUND_RESOURCE_DATA = {
  title: "FoundResourceData",
  type: "object",
  required: ["integration_specific_id", "label", "resource_type"],
  properties: {
    integration_specific_id: { type: "string" },
    label: { type: "string" },
    resource_type: { type: "string" },
    extra_data: {
      type: ["object", "null"],
      additionalProperties: { type: "string" },
    },
  },
} as const;

/** Something that an account can be given. */
export const FOUND_ENTITLEMENT_DATA = {
  title: "FoundEntitlementData",
  type: "object",
  required: [
    "entitlement_type",
    "integration_specific_id",
    "integration_specific_resource_id",
    "label",
  ],
  properties: {
    entitlement_type: { type: "string" },
    integration_specific_id: { type: "string" },
    integration_specific_resource_id: {
      type: "string",
      description: "Empty for the global resource",
    },
    label: { type: "string" },
    is_assignable: { type: ["boolean", "null"] },
    extra_data: { type: ["object", "null"], additionalProperties: {} },
    custom_attributes: {
      type: ["object", "null"],
      additionalProperties: { type: "string" },
    },
  },
} as const;

/** That an account has an entitlement. */
export const FOUND_ENTITLEMENT_ASSOCIATION = {
  title: "FoundEntitlementAssociation",
  type: "object",
  required: [
    "account_id",
    "integration_specific_entitlement_id",
    "integration_specific_resource_id",
  ],
  properties: {
    account_id: { type: "string", "x-semantic": "account-id" },
    integration_specific_entitlement_id: { type: "string" },
    integration_specific_resource_id: {
      type: "string",
      description: "Empty for the global resource",
    },
  },
} as const;

/** When an account was last used. */
export const LAST_ACTIVITY_DATA = {
  title: "LastActivityData",
  type: "object",
  required: ["account_id", "event_type", "happened_at"],
  properties: {
    account_id: { type: "string", "x-semantic": "account-id" },
    event_type: {
      type: "string",
      description: "last_login or last_activity",
    },
    happened_at: { type: "string", description: "ISO 8601" },
  },
} as const;

/** An attribute that the app lets its users define. */
export const CUSTOM_ATTRIBUTE_SCHEMA = {
  title: "CustomAttributeSchema",
  type: "object",
  required: ["customized_type", "name", "attribute_type"],
  properties: {
    customized_type: {
      type: "string",
      enum: ["ACCOUNT", "ENTITLEMENT", "RESOURCE"],
    },
    name: { type: "string" },
    attribute_type: { type: "string" },
  },
} as const;
