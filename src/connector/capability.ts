import type { JsonObject } from "../_internal/json.ts";
import type { AuthCredential } from "./credentials.ts";
import type { ObjectSchema } from "./from_schema.ts";
import type { Page } from "./payloads.ts";

/** What the handler of a capability is called with. Everything in it has been checked. */
export interface CapabilityArgs<
  Request = unknown,
  Settings = JsonObject,
  Auth = AuthCredential | undefined,
> {
  /** The name of the capability. */
  readonly capability: string;
  /** The request payload. Members that the schema does not know are passed on. */
  readonly request: Request;
  /** The credential, in its slot. */
  readonly auth: Auth;
  /** The settings, as they came. */
  readonly settings: Settings;
  /** The page that is asked for; empty for the first one. */
  readonly page: Page;
  /** Whether the caller wants the answers of the app in `rawData`. */
  readonly includeRawData: boolean;
  /** Aborts when the caller gives up. */
  readonly signal: AbortSignal | undefined;
}

/** What the handler of a capability gives back. */
export interface CapabilityResult<Response = unknown> {
  /** The response payload. Optional members that are left out become null. */
  readonly response: Response;
  /** The answers of the app, when the caller wants them. Any JSON. */
  readonly rawData?: unknown;
  /** Where the listing goes on. Without a token it has ended. */
  readonly page?: Page | null;
}

/** The code of a capability. */
export type CapabilityHandler<
  Request = unknown,
  Response = unknown,
  Settings = JsonObject,
  Auth = AuthCredential | undefined,
> = (
  args: CapabilityArgs<Request, Settings, Auth>,
) => CapabilityResult<Response> | Promise<CapabilityResult<Response>>;

/** What people are shown of a capability. */
export interface CapabilityMetadata {
  /** Its name for people. Defaults to the name in title case, such as `"List Accounts"`. */
  displayName?: string;
  /** What it does. */
  description?: string;
}

/** How a standard capability is registered. */
export interface StandardOptions<Request> extends CapabilityMetadata {
  /** An object schema whose members the request has besides the standard ones; they show up in `info`. */
  request?: Request;
}

/** How a capability of the connector's own is registered. */
export interface CustomOptions<Request, Response> extends CapabilityMetadata {
  /** Schema of the request payload. */
  request: Request;
  /** Schema of the response payload. */
  response: Response;
  /** Whether the request must carry the credential. Defaults to `true`. */
  auth?: boolean;
}

/** What a connector knows of a registered capability. */
export interface Capability {
  /** Its name. */
  readonly name: string;
  /** Its name for people. */
  readonly displayName: string;
  /** What it does, if that was said. */
  readonly description: string | null;
  /** JSON Schema of the request payload. */
  readonly request: ObjectSchema;
  /** JSON Schema of the response payload. */
  readonly response: object;
  /** Whether the request must carry the credential. */
  readonly auth: boolean;
  /** Whether it changes something in the app; `null` for one of the connector's own. */
  readonly level: "read" | "write" | null;
}
