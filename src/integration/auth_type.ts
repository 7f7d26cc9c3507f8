/** How the platform got the credentials. */
export type AuthType =
  | "PlatformOauth2"
  | "PlatformTeams"
  | "ApiKey"
  | "Basic"
  | "Custom";

/** The values of {@linkcode AuthType} by the names of the contract. */
export const AuthType: {
  /** The platform's own OAuth client; `context.fetch` sends its access token. */
  readonly PLATFORM_OAUTH2: "PlatformOauth2";
  /** The platform's own app in Teams. */
  readonly PLATFORM_TEAMS: "PlatformTeams";
  /** A key. */
  readonly API_KEY: "ApiKey";
  /** A user name and a password. */
  readonly BASIC: "Basic";
  /** The fields of the integration's own form. */
  readonly CUSTOM: "Custom";
} = Object.freeze({
  PLATFORM_OAUTH2: "PlatformOauth2",
  PLATFORM_TEAMS: "PlatformTeams",
  API_KEY: "ApiKey",
  BASIC: "Basic",
  CUSTOM: "Custom",
});

/** Tells whether a value names a way to get credentials. */
export function isAuthType(value: unknown): value is AuthType {
  return Object.values<unknown>(AuthType).includes(value);
}
