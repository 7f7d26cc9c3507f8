import { assertFunction } from "../_internal/assert.ts";
import { type Logger, silentLogger } from "../company_data/logger.ts";
import { compileSchema } from "../schema/mod.ts";
import { type Dispatching, dispatchJson } from "./_dispatch.ts";
import { createEntry } from "./_entries.ts";
import { plainSchema } from "./_extend_schema.ts";
import { oauthModule, staticScopes } from "./_oauth_module.ts";
import { secretNames } from "./redact.ts";
import { Registry } from "./_registry.ts";
import type {
  Capability,
  CapabilityHandler,
  CapabilityMetadata,
  CustomOptions,
  StandardOptions,
} from "./capability.ts";
import type { ConnectorOptions, SettingsOf } from "./connector_options.ts";
import type { AuthOf, CredentialType } from "./credentials.ts";
import { checkRules } from "./exception_handlers.ts";
import type { FromSchema, ObjectSchema } from "./from_schema.ts";
import { type InfoResponse, infoResponse, type InfoSource } from "./info.ts";
import { InvalidAppIdError } from "./registration_errors.ts";
import type { StandardCapability } from "./payloads.ts";
import type { StandardHandler, StandardHandlers } from "./standard_handlers.ts";

/** How one dispatch runs. */
export interface DispatchOptions {
  /** Gives up: the dispatch rejects with the signal's reason once the handler has ended. Handlers get it too. */
  signal?: AbortSignal;
  /** Overrides the option of the connector for this call. */
  handleErrors?: boolean;
  /** Gets the lines of this call instead of the connector's. */
  logger?: Logger;
}

/** A connector of any credential and settings: what a server or a command needs of it. */
export type AnyConnector = Pick<
  Connector,
  | "appId"
  | "version"
  | "auth"
  | "capabilities"
  | "settings"
  | "dispatch"
  | "info"
>;

/**
 * An app behind one table of capabilities, each of which takes JSON and gives JSON.
 *
 * A dispatch checks the request against the schemas, runs the handler and checks what it responds. It has no state:
 * credential and settings come with every request. What goes wrong is an envelope with `is_error`, whose message and
 * whose log line never hold a secret of the request.
 *
 * @example A connector with a setting
 * ```ts
 * import { Connector, credential } from "@sluice/edge/connector";
 * import { Type } from "typebox";
 * import { assertEquals } from "@std/assert";
 *
 * const connector = new Connector({
 *   appId: "mock-connector",
 *   version: "0.1.0",
 *   auth: credential("basic"),
 *   settings: Type.Object({ tenant: Type.String() }),
 *   descriptionData: { userFriendlyName: "Mock", categories: ["OTHER"] },
 * });
 * connector.registerCapability("validate_credentials", ({ auth, settings }) => ({
 *   response: { valid: auth.basic.username !== "", unique_tenant_id: settings.tenant },
 * }));
 *
 * const answer = await connector.dispatch("validate_credentials", JSON.stringify({
 *   auth: { basic: { username: "anna", password: "hunter2" } },
 *   settings: { tenant: "t1" },
 *   request: {},
 * }));
 * assertEquals(JSON.parse(answer), {
 *   response: { valid: true, unique_tenant_id: "t1" },
 *   raw_data: null,
 *   page: null,
 * });
 * ```
 */
export class Connector<
  Credential extends CredentialType = CredentialType,
  Settings extends ObjectSchema = ObjectSchema,
> {
  /** The id of the app. */
  readonly appId: string;
  /** The version of the connector. */
  readonly version: string;
  /** The credential that requests carry. */
  readonly auth: Credential;
  /** Schema of the settings, if there is one. */
  readonly settings: Settings | undefined;
  readonly #registry = new Registry();
  readonly #dispatching: Dispatching;
  readonly #info: Omit<InfoSource, "capabilities">;

  /**
   * Checks the options and registers the capabilities of `oauth`, if given.
   *
   * @throws {InvalidAppIdError} When `appId` is empty.
   * @throws {TypeError} For an option that cannot be used.
   * @throws {ConfigError} For a schema that is none.
   */
  constructor(options: ConnectorOptions<Credential, Settings>) {
    const { appId, version, auth, settings, oauth } = options;
    this.appId = checkAppId(appId);
    this.version = version;
    this.auth = auth;
    this.settings = settings && plainSchema(settings);
    this.#dispatching = dispatchingOf(this, {
      options,
      entries: this.#registry.entries,
    });
    const { descriptionData, resourceTypes = [], entitlementTypes = [] } =
      options;
    this.#info = structuredClone({
      appId: this.appId,
      version,
      auth: { slot: auth.slot, schema: auth.schema },
      settings: this.settings,
      scopes: oauth ? staticScopes(oauth) : null,
      descriptionData,
      resourceTypes,
      entitlementTypes,
    });
    if (oauth) this.#registry.add(oauthModule(oauth).map(createEntry));
  }

  /** Everything that is registered, in the order of registration. */
  get capabilities(): ReadonlyMap<string, Capability> {
    return this.#registry.entries;
  }

  /**
   * Registers a standard capability, whose request and response the protocol fixes.
   *
   * A capability of the OAuth module may be replaced, once.
   *
   * @param name The capability.
   * @param handler Its code.
   * @param options Its names, and what its request has besides the standard members.
   * @throws {DuplicateCapabilityError} When it has been registered already.
   * @throws {TypeError} For a handler or options that cannot be used.
   */
  registerCapability<
    Name extends StandardCapability,
    const Extension extends ObjectSchema = { readonly type: "object" },
  >(
    name: Name,
    handler: StandardHandler<Name, Credential, Settings, FromSchema<Extension>>,
    options?: StandardOptions<Extension>,
  ): this;
  /**
   * Registers a capability of the connector's own. Its name is one of letters from a to z in snake case.
   *
   * @example A capability of one's own
   * ```ts
   * import { Connector, credential } from "@sluice/edge/connector";
   * import { Type } from "typebox";
   *
   * const connector = new Connector({
   *   appId: "mock",
   *   version: "0.1.0",
   *   auth: credential("token"),
   *   descriptionData: { userFriendlyName: "Mock", categories: ["OTHER"] },
   * });
   * connector.registerCapability(
   *   "count_seats",
   *   ({ request }) => ({ response: { seats: request.plan === "team" ? 10 : 1 } }),
   *   {
   *     request: Type.Object({ plan: Type.String() }),
   *     response: Type.Object({ seats: Type.Integer() }),
   *   },
   * );
   * ```
   */
  registerCapability<
    const Request extends ObjectSchema,
    const Response extends object,
  >(
    name: string,
    handler: CapabilityHandler<
      FromSchema<Request>,
      FromSchema<Response>,
      SettingsOf<Settings>,
      AuthOf<Credential>
    >,
    options: CustomOptions<Request, Response>,
  ): this;
  registerCapability(
    name: string,
    handler: unknown,
    options?: CapabilityMetadata & Partial<CustomOptions<unknown, unknown>>,
  ): this {
    this.#registry.add([
      createEntry({ name, handler, options, origin: "user" }),
    ]);
    return this;
  }

  /**
   * Registers several standard capabilities, or none when one of them cannot be.
   *
   * @throws {DuplicateCapabilityError} When one has been registered already.
   * @throws {TypeError} For a handler that cannot be used.
   */
  registerCapabilities(handlers: StandardHandlers<Credential, Settings>): this {
    const entries = Object.entries(handlers).map(([name, given]) => {
      const [handler, options] = Array.isArray(given) ? given : [given];
      return createEntry({ name, handler, options, origin: "user" });
    });
    this.#registry.add(entries);
    return this;
  }

  /**
   * Runs a capability.
   *
   * Resolves to the JSON of a `SuccessResponse` or an `ErrorResponse`, with all members, null where they are unset.
   * Whatever is wrong with the request is `bad_request`, a capability that is not there is `not_implemented`.
   *
   * @param name The capability.
   * @param json The request.
   * @param options How to run.
   * @throws What the handler threw, when `handleErrors` is `false`, and the reason of the signal.
   */
  async dispatch(
    name: string,
    json: string,
    options: DispatchOptions = {},
  ): Promise<string> {
    const { signal, handleErrors, logger } = options;
    signal?.throwIfAborted();
    const dispatching = {
      ...this.#dispatching,
      ...handleErrors !== undefined && { handleErrors },
      ...logger !== undefined && { logger },
    };
    return await dispatchJson(dispatching, { name, json, signal });
  }

  /** What the connector is and can do. */
  info(): InfoResponse {
    const capabilities = this.#registry.entries;
    return infoResponse({ ...this.#info, capabilities });
  }
}

function checkAppId(appId: unknown): string {
  const text = typeof appId === "string" ? appId.trim() : "";
  if (text !== "") return text;
  throw new InvalidAppIdError(
    "Cannot use appId: wanted a text that is not empty",
  );
}

function dispatchingOf<C extends CredentialType, S extends ObjectSchema>(
  connector: Connector<C, S>,
  { options, entries }: {
    options: ConnectorOptions<C, S>;
    entries: Dispatching["entries"];
  },
): Dispatching {
  const { appId, auth, settings } = connector;
  const { handleErrors = true, errorFormat = "prefixed" } = options;
  const { logger = silentLogger, exceptionHandlers = [] } = options;
  if (errorFormat !== "prefixed" && errorFormat !== "plain") {
    throw new TypeError(
      'Cannot use errorFormat: wanted "prefixed" or "plain"',
    );
  }
  assertFunction(logger.warn, "logger.warn");
  return {
    appId,
    handleErrors,
    errorFormat,
    logger,
    entries,
    slot: auth.slot,
    rules: checkRules(exceptionHandlers),
    credentials: compileSchema(nested(["auth", auth.slot], auth.schema)),
    settings: settings ? settingsJudge(settings) : null,
    secrets: secretNames([auth.schema, settings]),
  };
}

function settingsJudge(settings: ObjectSchema): Dispatching["settings"] {
  const title = "title" in settings ? settings.title : undefined;
  const name = typeof title === "string" ? title : "settings";
  return { name, schema: compileSchema(nested(["settings"], settings)) };
}

// So that the pointers of what is wrong begin at the request.
function nested(path: readonly string[], schema: object): object {
  return path.reduceRight<object>(
    (inner, name) => ({ type: "object", properties: { [name]: inner } }),
    schema,
  );
}
