import type { JsonObject } from "../_internal/json.ts";
import type { Logger } from "../company_data/logger.ts";
import type { CredentialType } from "./credentials.ts";
import type {
  DescriptionData,
  EntitlementType,
  ResourceType,
} from "./description.ts";
import type { ExceptionRule } from "./exception_handlers.ts";
import type { FromSchema, ObjectSchema } from "./from_schema.ts";
import type { OAuthSettings } from "./oauth_settings.ts";

/** The type of the settings that match a schema; any object where there is no schema. */
export type SettingsOf<Schema extends ObjectSchema> = ObjectSchema extends
  Schema ? JsonObject : FromSchema<Schema>;

/** What a connector is made of. */
export interface ConnectorOptions<
  Credential extends CredentialType = CredentialType,
  Settings extends ObjectSchema = ObjectSchema,
> {
  /** The id of the app; white space around it is cut off. */
  appId: string;
  /** The version of the connector. */
  version: string;
  /** The credential that requests carry, such as `credential("basic")`. */
  auth: Credential;
  /** Schema of `settings`. With it every request must carry them; without it they are free. */
  settings?: Settings;
  /**
   * What the errors of handlers mean. Every rule whose class matches runs, in this order, on what the ones before it
   * gave. Defaults to none: such errors are `unexpected_error`.
   */
  exceptionHandlers?: readonly ExceptionRule[];
  /** How the connector is shown. */
  descriptionData: DescriptionData;
  /** The types of resources of the app. Defaults to none. */
  resourceTypes?: readonly ResourceType[];
  /** The types of entitlements of the app. Defaults to none. */
  entitlementTypes?: readonly EntitlementType[];
  /** Registers the capabilities of an OAuth flow. Without it there are none. */
  oauth?: OAuthSettings;
  /**
   * Whether what handlers throw becomes an error envelope. With `false` it is thrown on, as is an unknown capability.
   * Defaults to `true`.
   */
  handleErrors?: boolean;
  /** Whether `error_code` is `<app_id>.<code>` or the code alone. Defaults to `"prefixed"`. */
  errorFormat?: "prefixed" | "plain";
  /** Gets one line for each failure, with the secrets of the request taken out. Says nothing by default. */
  logger?: Logger;
}
