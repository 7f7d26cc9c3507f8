import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { type AuthType, isAuthType } from "./auth_type.ts";

/** Credentials in one form, whichever they came in. */
export interface Credentials {
  /** How they were got; `null` when it is not said or not known. */
  readonly authType: AuthType | null;
  /** The fields themselves. */
  readonly values: JsonObject;
  /** Whether they came as `{auth_type, credentials}`, as the platform sends them. */
  readonly isEnvelope: boolean;
}

/**
 * Reads credentials in either form: the envelope `{auth_type, credentials}` that the platform sends, or the fields
 * alone, as local tests write them. Anything else counts as no credentials.
 *
 * @param auth What came from outside.
 * @returns The fields and what is known of their kind. In an envelope without `auth_type` that is `PlatformOauth2`.
 */
export function readCredentials(auth: unknown): Credentials {
  if (!isObject(auth)) return { authType: null, values: {}, isEnvelope: false };
  const inner = member(auth, "credentials");
  const type = member(auth, "auth_type");
  if (!isEnvelope(auth)) {
    return { authType: null, values: auth, isEnvelope: false };
  }
  return {
    authType: typeOf(type),
    values: isObject(inner) ? inner : {},
    isEnvelope: true,
  };
}

/** Says why credentials are not the envelope that the platform sends; `null` when they are. */
export function envelopeProblem(auth: unknown): string | null {
  if (!isObject(auth) || !isObject(member(auth, "credentials"))) {
    return "wanted an object with auth_type and credentials";
  }
  return isAuthType(member(auth, "auth_type"))
    ? null
    : "wanted a known auth_type beside the credentials";
}

// A flat form may have a field called credentials too: then it is text, or has neighbours that no envelope has.
function isEnvelope(auth: JsonObject): boolean {
  if (typeof member(auth, "auth_type") === "string") {
    return Object.hasOwn(auth, "credentials");
  }
  return isObject(member(auth, "credentials")) &&
    Object.keys(auth).every((name) =>
      name === "credentials" || name === "auth_type"
    );
}

function typeOf(type: unknown): AuthType | null {
  if (type === undefined || type === null) return "PlatformOauth2";
  return isAuthType(type) ? type : null;
}
