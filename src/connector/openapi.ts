import type { JsonObject } from "../_internal/json.ts";
import { PAGE_SCHEMA } from "./_account_shapes.ts";
import type { Capability } from "./capability.ts";
import type { AnyConnector } from "./connector.ts";
import { ERROR_CODES } from "./connector_error.ts";

/** What the document says besides the capabilities. */
export interface OpenApiOptions {
  /** What stands before the name of a capability in its path. Defaults to `""`. */
  prefix?: string;
}

const TEXT_OR_NULL = { type: ["string", "null"] };

/**
 * Describes a connector as an OpenAPI 3.1 document: one `POST` for each capability, made of the same schemas that check
 * its requests and responses.
 *
 * @param connector The connector.
 * @param options Where its capabilities are served.
 * @returns A document that shares nothing with the connector.
 */
export function openApi(
  connector: AnyConnector,
  options: OpenApiOptions = {},
): JsonObject {
  const { prefix = "" } = options;
  const { user_friendly_name, description } = connector.info().response;
  const paths = [...connector.capabilities.values()].map((each) => [
    `${prefix}/${each.name}`,
    { post: operation(each, connector) },
  ]);
  return structuredClone({
    openapi: "3.1.0",
    info: {
      title: user_friendly_name,
      version: connector.version,
      ...description !== null && { description },
    },
    paths: Object.fromEntries(paths),
    components: {
      schemas: {
        AuthCredential: authSchema(connector),
        ErrorResponse: errorSchema(),
        Page: PAGE_SCHEMA,
        Settings: connector.settings ?? { type: ["object", "null"] },
      },
    },
  });
}

function operation(
  capability: Capability,
  connector: AnyConnector,
): JsonObject {
  const { name, displayName, description, level } = capability;
  return {
    operationId: name,
    summary: displayName,
    ...description !== null && { description },
    ...level !== null && { "x-capability-level": level },
    requestBody: {
      required: true,
      content: jsonContent(requestSchema(capability, connector)),
    },
    responses: {
      "200": {
        description: "The response, or an error when `is_error` is true",
        content: jsonContent({
          anyOf: [responseSchema(capability), ref("ErrorResponse")],
        }),
      },
    },
  };
}

function requestSchema(
  { request, auth }: Capability,
  { settings }: AnyConnector,
): JsonObject {
  const required = [
    "request",
    ...auth ? ["auth"] : [],
    ...settings ? ["settings"] : [],
  ];
  return {
    type: "object",
    required,
    properties: {
      ...auth && { auth: ref("AuthCredential") },
      request,
      page: { anyOf: [ref("Page"), { type: "null" }] },
      include_raw_data: { type: ["boolean", "null"] },
      settings: ref("Settings"),
    },
  };
}

function responseSchema({ response }: Capability): JsonObject {
  return {
    type: "object",
    required: ["response", "raw_data", "page"],
    properties: {
      response,
      raw_data: {},
      page: { anyOf: [ref("Page"), { type: "null" }] },
    },
  };
}

function authSchema({ auth }: AnyConnector): JsonObject {
  return {
    type: "object",
    required: [auth.slot],
    properties: { [auth.slot]: auth.schema },
  };
}

function errorSchema(): JsonObject {
  return {
    type: "object",
    required: ["is_error", "error", "response", "raw_data", "page"],
    properties: {
      is_error: { const: true },
      error: {
        type: "object",
        required: ["message", "error_code", "app_id"],
        properties: {
          message: { type: "string" },
          status_code: { type: ["integer", "null"] },
          app_error_code: TEXT_OR_NULL,
          error_code: {
            type: "string",
            examples: ERROR_CODES,
            description: "A standard code, after `<app_id>.` when prefixed",
          },
          app_id: { type: "string" },
          raised_by: TEXT_OR_NULL,
          raised_in: TEXT_OR_NULL,
        },
      },
      response: { type: "null" },
      raw_data: { type: "null" },
      page: { type: "null" },
    },
  };
}

function jsonContent(schema: JsonObject): JsonObject {
  return { "application/json": { schema } };
}

function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}
