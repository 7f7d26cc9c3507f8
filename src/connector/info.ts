import type { Capability } from "./capability.ts";
import type { CredentialType } from "./credentials.ts";
import type {
  DescriptionData,
  EntitlementType,
  ResourceType,
} from "./description.ts";
import type { ObjectSchema } from "./from_schema.ts";
import { EMPTY } from "./_account_shapes.ts";

/** What `info` says of one capability. */
export interface CapabilityInfo {
  /** JSON Schema of the request payload. */
  argument: object;
  /** JSON Schema of the response payload; an object without members, titled `Empty`, where that is a list. */
  output: object;
  /** Its name for people. */
  display_name: string;
  /** What it does, if that was said. */
  description: string | null;
}

/** A type of resources, as `info` writes it. */
export interface ResourceTypeInfo {
  /** Its id. */
  type_id: string;
  /** Its name for people. */
  type_label: string;
}

/** A type of entitlements, as `info` writes it. */
export interface EntitlementTypeInfo {
  /** Its id. */
  type_id: string;
  /** Its name for people. */
  type_label: string;
  /** The type of the resources that it belongs to. */
  resource_type_id: string;
  /** How many of them an account has at least. */
  min: number;
  /** How many of them an account has at most; `null` for no limit. */
  max: number | null;
}

/** What a connector says of itself. */
export interface Info {
  /** The connector. */
  app_id: string;
  /** Its version. */
  version: string;
  /** The names of all capabilities, sorted. */
  capabilities: string[];
  /** What each of them takes and gives. */
  capability_schema: Record<string, CapabilityInfo>;
  /** JSON Schema of the credential. */
  authentication_schema: object;
  /** The scopes that each capability needs; `null` without OAuth, and where they depend on the request. */
  oauth_scopes: Record<string, string> | null;
  /** Where the logo of the app is. */
  logo_url: string | null;
  /** The name of the app. */
  user_friendly_name: string;
  /** One or two sentences. */
  description: string | null;
  /** What kind of app it is. */
  categories: string[];
  /** The types of its resources. */
  resource_types: ResourceTypeInfo[];
  /** The types of its entitlements. */
  entitlement_types: EntitlementTypeInfo[];
  /** JSON Schema of the settings. */
  request_settings_schema: object;
  /** The domain of the vendor. */
  app_vendor_domain: string | null;
}

/** The envelope in which `info` answers. */
export interface InfoResponse {
  /** What the connector says of itself. */
  response: Info;
  /** Always `null`. */
  raw_data: null;
  /** Always `null`. */
  page: null;
}

/** What the answer is made of. */
export interface InfoSource {
  /** The connector. */
  readonly appId: string;
  /** Its version. */
  readonly version: string;
  /** Everything that is registered. */
  readonly capabilities: ReadonlyMap<string, Capability>;
  /** The credential that it wants. */
  readonly auth: CredentialType;
  /** Schema of its settings. */
  readonly settings: ObjectSchema | undefined;
  /** Scopes by capability. */
  readonly scopes: Readonly<Record<string, string>> | null;
  /** How it is shown. */
  readonly descriptionData: DescriptionData;
  /** The types of its resources. */
  readonly resourceTypes: readonly ResourceType[];
  /** The types of its entitlements. */
  readonly entitlementTypes: readonly EntitlementType[];
}

/** Writes the answer of `info`; it shares nothing with the connector. */
export function infoResponse(source: InfoSource): InfoResponse {
  const response = structuredClone({
    app_id: source.appId,
    version: source.version,
    ...capabilityMembers(source.capabilities),
    authentication_schema: source.auth.schema,
    oauth_scopes: source.scopes && { ...source.scopes },
    ...descriptionMembers(source.descriptionData),
    entitlement_types: source.entitlementTypes.map(entitlementTypeInfo),
    resource_types: source.resourceTypes.map(resourceTypeInfo),
    request_settings_schema: source.settings ?? EMPTY,
  });
  return { response, raw_data: null, page: null };
}

function capabilityMembers(
  capabilities: ReadonlyMap<string, Capability>,
): Pick<Info, "capabilities" | "capability_schema"> {
  const names = [...capabilities.keys()].sort();
  const sorted = names.flatMap((name) => capabilities.get(name) ?? []);
  return {
    capabilities: names,
    capability_schema: Object.fromEntries(
      sorted.map((each) => [each.name, capabilityInfo(each)]),
    ),
  };
}

function capabilityInfo(capability: Capability): CapabilityInfo {
  const { request, response, displayName, description } = capability;
  const isObject = "type" in response && response.type === "object";
  return {
    argument: request,
    output: isObject ? response : EMPTY,
    display_name: displayName,
    description,
  };
}

function descriptionMembers(
  { userFriendlyName, categories, description, logoUrl, appVendorDomain }:
    DescriptionData,
): Pick<
  Info,
  | "logo_url"
  | "user_friendly_name"
  | "description"
  | "categories"
  | "app_vendor_domain"
> {
  return {
    logo_url: logoUrl ?? null,
    user_friendly_name: userFriendlyName,
    description: description ?? null,
    categories: [...categories],
    app_vendor_domain: appVendorDomain ?? null,
  };
}

function resourceTypeInfo(type: ResourceType): ResourceTypeInfo {
  return { type_id: type.typeId, type_label: type.typeLabel };
}

function entitlementTypeInfo(type: EntitlementType): EntitlementTypeInfo {
  return {
    type_id: type.typeId,
    type_label: type.typeLabel,
    resource_type_id: type.resourceTypeId,
    min: type.min,
    max: type.max ?? null,
  };
}
