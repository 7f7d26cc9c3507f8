import { ACCOUNT_STATUS } from "./_account_shapes.ts";

/** Request of the listings that can be asked for custom attributes. */
export const CUSTOM_ATTRIBUTES = {
  title: "CustomAttributes",
  type: "object",
  properties: {
    custom_attributes: {
      type: ["array", "null"],
      items: { type: "string" },
      description: "Names of the custom attributes to read",
    },
  },
} as const;

/** Response of `validate_credentials`. */
export const VALIDATED_CREDENTIALS = {
  title: "ValidatedCredentials",
  type: "object",
  required: ["valid", "unique_tenant_id"],
  properties: {
    valid: { type: "boolean" },
    unique_tenant_id: { type: "string" },
  },
} as const;

/** Request of `get_last_activity`. */
export const GET_LAST_ACTIVITY = {
  title: "GetLastActivity",
  type: "object",
  required: ["account_ids"],
  properties: {
    account_ids: { type: "array", items: { type: "string" } },
  },
} as const;

/** Request of `create_account`. */
export const CREATE_ACCOUNT = {
  title: "CreateAccount",
  type: "object",
  required: ["entitlements"],
  properties: {
    entitlements: {
      type: "array",
      items: {
        title: "CreateAccountEntitlement",
        type: "object",
        required: ["entitlement_type", "integration_specific_id"],
        properties: {
          entitlement_type: { type: "string" },
          integration_specific_id: { type: "string" },
          integration_specific_resource_id: {
            type: ["string", "null"],
            description: "Empty or absent for the global resource",
          },
        },
      },
    },
    email: { type: ["string", "null"] },
    username: { type: ["string", "null"] },
    given_name: { type: ["string", "null"] },
    family_name: { type: ["string", "null"] },
    user_status: { type: ["string", "null"] },
    extra_data: { type: ["object", "null"], additionalProperties: {} },
  },
} as const;

/** Response of `create_account`. */
export const CREATED_ACCOUNT = {
  title: "CreatedAccount",
  type: "object",
  required: ["status", "created"],
  properties: {
    id: { type: ["string", "null"], "x-semantic": "account-id" },
    status: ACCOUNT_STATUS as typeof ACCOUNT_STATUS,
    created: {
      type: "boolean",
      description: "Kept for old callers; `status` is the answer",
    },
  },
} as const;

/** Request of what is done to one account. */
export const ACCOUNT_REFERENCE = {
  title: "AccountReference",
  type: "object",
  required: ["account_id"],
  properties: {
    account_id: { type: "string", "x-semantic": "account-id" },
  },
} as const;

/** Response of `activate_account`. */
export const ACTIVATED_ACCOUNT = {
  title: "ActivatedAccount",
  type: "object",
  required: ["status", "activated"],
  properties: {
    status: ACCOUNT_STATUS as typeof ACCOUNT_STATUS,
    activated: {
      type: "boolean",
      description: "Kept for old callers; `status` is the answer",
    },
  },
} as const;

/** Response of `deactivate_account`. */
export const DEACTIVATED_ACCOUNT = {
  title: "DeactivatedAccount",
  type: "object",
  required: ["status", "deactivated"],
  properties: {
    status: ACCOUNT_STATUS as typeof ACCOUNT_STATUS,
    deactivated: {
      type: "boolean",
      description: "Kept for old callers; `status` is the answer",
    },
  },
} as const;

/** Response of `delete_account`. */
export const DELETED_ACCOUNT = {
  title: "DeletedAccount",
  type: "object",
  required: ["status", "deleted"],
  properties: {
    status: ACCOUNT_STATUS as typeof ACCOUNT_STATUS,
    deleted: {
      type: "boolean",
      description: "Kept for old callers; `status` is the answer",
    },
  },
} as const;

/** Request and response of `update_account`; a connector adds what can be updated. */
export const UPDATEABLE_ACCOUNT = {
  title: "UpdateableAccount",
  type: "object",
  required: ["id"],
  properties: { id: { type: "string", "x-semantic": "account-id" } },
} as const;

/** Request of `assign_entitlement` and `unassign_entitlement`. */
export const ENTITLEMENT_ASSIGNMENT = {
  title: "EntitlementAssignment",
  type: "object",
  required: [
    "account_integration_specific_id",
    "resource_integration_specific_id",
    "resource_type",
    "entitlement_type",
    "entitlement_integration_specific_id",
  ],
  properties: {
    account_integration_specific_id: {
      type: "string",
      "x-semantic": "account-id",
    },
    resource_integration_specific_id: { type: "string" },
    resource_type: { type: "string" },
    entitlement_type: { type: "string" },
    entitlement_integration_specific_id: { type: "string" },
  },
} as const;

/** Response of `assign_entitlement`. */
export const ASSIGNED_ENTITLEMENT = {
  title: "AssignedEntitlement",
  type: "object",
  required: ["assigned"],
  properties: { assigned: { type: "boolean" } },
} as const;

/** Response of `unassign_entitlement`. */
export const UNASSIGNED_ENTITLEMENT = {
  title: "UnassignedEntitlement",
  type: "object",
  required: ["unassigned"],
  properties: { unassigned: { type: "boolean" } },
} as const;

/** Request of `list_expenses`. */
export const LIST_EXPENSES = {
  title: "ListExpenses",
  type: "object",
  properties: {
    filters: { type: ["object", "null"], additionalProperties: {} },
  },
} as const;
