/** The categories of apps. */
export const APP_CATEGORIES = [
  "HR_AND_LEARNING",
  "OFFICE_AND_LEGAL",
  "SALES_AND_SUPPORT",
  "COMMERCE_AND_MARKETPLACES",
  "IT_AND_SECURITY",
  "COMMUNICATION",
  "DESIGN_AND_CREATIVITY",
  "OTHER",
  "MARKETING_AND_ANALYTICS",
  "DEVELOPERS",
  "ACCOUNTING_AND_FINANCE",
  "COLLABORATION",
  "CONTENT_AND_SOCIAL_MEDIA",
  "INTERNAL",
] as const;

/** A category of apps. */
export type AppCategory = (typeof APP_CATEGORIES)[number];

/** How a connector is shown to people. */
export interface DescriptionData {
  /** The name of the app. */
  userFriendlyName: string;
  /** What kind of app it is. */
  categories: readonly AppCategory[];
  /** One or two sentences. */
  description?: string;
  /** Where its logo is. */
  logoUrl?: string;
  /** The domain of its vendor, such as `"example.com"`. */
  appVendorDomain?: string;
}

/** A type of resources that the app has. */
export interface ResourceType {
  /** Its id. */
  typeId: string;
  /** Its name for people. */
  typeLabel: string;
}

/** A type of entitlements that the app has. */
export interface EntitlementType {
  /** Its id. */
  typeId: string;
  /** Its name for people. */
  typeLabel: string;
  /** The type of the resources that it belongs to; empty for the global resource. */
  resourceTypeId: string;
  /** How many of them an account has at least. */
  min: number;
  /** How many of them an account has at most; no limit by default. */
  max?: number;
}
