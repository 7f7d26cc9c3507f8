import {
  CUSTOM_ATTRIBUTE_SCHEMA,
  EMPTY,
  FOUND_ACCOUNT_DATA,
  FOUND_ENTITLEMENT_ASSOCIATION,
  FOUND_ENTITLEMENT_DATA,
  FOUND_RESOURCE_DATA,
  LAST_ACTIVITY_DATA,
} from "./_account_shapes.ts";
import {
  ACCOUNT_REFERENCE,
  ACTIVATED_ACCOUNT,
  ASSIGNED_ENTITLEMENT,
  CREATE_ACCOUNT,
  CREATED_ACCOUNT,
  CUSTOM_ATTRIBUTES,
  DEACTIVATED_ACCOUNT,
  DELETED_ACCOUNT,
  ENTITLEMENT_ASSIGNMENT,
  GET_LAST_ACTIVITY,
  LIST_EXPENSES,
  UNASSIGNED_ENTITLEMENT,
  UPDATEABLE_ACCOUNT,
  VALIDATED_CREDENTIALS,
} from "./_lifecycle_shapes.ts";
import {
  AUTHORIZATION_URL,
  GET_AUTHORIZATION_URL,
  HANDLE_AUTHORIZATION_CALLBACK,
  HANDLE_CLIENT_CREDENTIALS,
  OAUTH_CREDENTIALS,
  REFRESH_ACCESS_TOKEN,
} from "./_oauth_shapes.ts";

const OPEN_OBJECT = { type: "object", additionalProperties: {} } as const;

/**
 * The 17 capabilities of the 3.x line of the protocol, then those that came later. `auth` tells whether the request
 * carries a credential.
 */
export const STANDARD_CAPABILITIES = {
  validate_credentials: {
    request: EMPTY as typeof EMPTY,
    response: VALIDATED_CREDENTIALS as typeof VALIDATED_CREDENTIALS,
    auth: true,
    level: "read",
  },
  list_accounts: {
    request: CUSTOM_ATTRIBUTES as typeof CUSTOM_ATTRIBUTES,
    response: {
      type: "array",
      items: FOUND_ACCOUNT_DATA as typeof FOUND_ACCOUNT_DATA,
    },
    auth: true,
    level: "read",
  },
  list_resources: {
    request: EMPTY as typeof EMPTY,
    response: {
      type: "array",
      items: FOUND_RESOURCE_DATA as typeof FOUND_RESOURCE_DATA,
    },
    auth: true,
    level: "read",
  },
  list_entitlements: {
    request: CUSTOM_ATTRIBUTES as typeof CUSTOM_ATTRIBUTES,
    response: {
      type: "array",
      items: FOUND_ENTITLEMENT_DATA as typeof FOUND_ENTITLEMENT_DATA,
    },
    auth: true,
    level: "read",
  },
  find_entitlement_associations: {
    request: EMPTY as typeof EMPTY,
    response: {
      type: "array",
      items:
        FOUND_ENTITLEMENT_ASSOCIATION as typeof FOUND_ENTITLEMENT_ASSOCIATION,
    },
    auth: true,
    level: "read",
  },
  get_last_activity: {
    request: GET_LAST_ACTIVITY as typeof GET_LAST_ACTIVITY,
    response: {
      type: "array",
      items: LAST_ACTIVITY_DATA as typeof LAST_ACTIVITY_DATA,
    },
    auth: true,
    level: "read",
  },
  list_custom_attributes_schema: {
    request: EMPTY as typeof EMPTY,
    response: {
      type: "array",
      items: CUSTOM_ATTRIBUTE_SCHEMA as typeof CUSTOM_ATTRIBUTE_SCHEMA,
    },
    auth: true,
    level: "read",
  },
  create_account: {
    request: CREATE_ACCOUNT as typeof CREATE_ACCOUNT,
    response: CREATED_ACCOUNT as typeof CREATED_ACCOUNT,
    auth: true,
    level: "write",
  },
  delete_account: {
    request: ACCOUNT_REFERENCE as typeof ACCOUNT_REFERENCE,
    response: DELETED_ACCOUNT as typeof DELETED_ACCOUNT,
    auth: true,
    level: "write",
  },
  activate_account: {
    request: ACCOUNT_REFERENCE as typeof ACCOUNT_REFERENCE,
    response: ACTIVATED_ACCOUNT as typeof ACTIVATED_ACCOUNT,
    auth: true,
    level: "write",
  },
  deactivate_account: {
    request: ACCOUNT_REFERENCE as typeof ACCOUNT_REFERENCE,
    response: DEACTIVATED_ACCOUNT as typeof DEACTIVATED_ACCOUNT,
    auth: true,
    level: "write",
  },
  assign_entitlement: {
    request: ENTITLEMENT_ASSIGNMENT as typeof ENTITLEMENT_ASSIGNMENT,
    response: ASSIGNED_ENTITLEMENT as typeof ASSIGNED_ENTITLEMENT,
    auth: true,
    level: "write",
  },
  unassign_entitlement: {
    request: ENTITLEMENT_ASSIGNMENT as typeof ENTITLEMENT_ASSIGNMENT,
    response: UNASSIGNED_ENTITLEMENT as typeof UNASSIGNED_ENTITLEMENT,
    auth: true,
    level: "write",
  },
  get_authorization_url: {
    request: GET_AUTHORIZATION_URL as typeof GET_AUTHORIZATION_URL,
    response: AUTHORIZATION_URL as typeof AUTHORIZATION_URL,
    auth: false,
    level: "read",
  },
  handle_authorization_callback: {
    request:
      HANDLE_AUTHORIZATION_CALLBACK as typeof HANDLE_AUTHORIZATION_CALLBACK,
    response: OAUTH_CREDENTIALS as typeof OAUTH_CREDENTIALS,
    auth: false,
    level: "write",
  },
  handle_client_credentials_request: {
    request: HANDLE_CLIENT_CREDENTIALS as typeof HANDLE_CLIENT_CREDENTIALS,
    response: OAUTH_CREDENTIALS as typeof OAUTH_CREDENTIALS,
    auth: false,
    level: "write",
  },
  refresh_access_token: {
    request: REFRESH_ACCESS_TOKEN as typeof REFRESH_ACCESS_TOKEN,
    response: OAUTH_CREDENTIALS as typeof OAUTH_CREDENTIALS,
    auth: false,
    level: "write",
  },
  update_account: {
    request: UPDATEABLE_ACCOUNT as typeof UPDATEABLE_ACCOUNT,
    response: UPDATEABLE_ACCOUNT as typeof UPDATEABLE_ACCOUNT,
    auth: true,
    level: "write",
  },
  list_expenses: {
    request: LIST_EXPENSES as typeof LIST_EXPENSES,
    response: { type: "array", items: OPEN_OBJECT as typeof OPEN_OBJECT },
    auth: true,
    level: "read",
  },
  info: {
    request: EMPTY as typeof EMPTY,
    response: OPEN_OBJECT as typeof OPEN_OBJECT,
    auth: false,
    level: "read",
  },
  app_info: {
    request: EMPTY as typeof EMPTY,
    response: OPEN_OBJECT as typeof OPEN_OBJECT,
    auth: false,
    level: "read",
  },
  connected_info: {
    request: EMPTY as typeof EMPTY,
    response: OPEN_OBJECT as typeof OPEN_OBJECT,
    auth: true,
    level: "read",
  },
} as const;

/** Tells whether the protocol fixes what a capability of this name does. */
export function isStandard(
  name: string,
): name is keyof typeof STANDARD_CAPABILITIES {
  return Object.hasOwn(STANDARD_CAPABILITIES, name);
}
