import { assertFunction } from "../_internal/assert.ts";
import { extendSchema, plainSchema } from "./_extend_schema.ts";
import { type Entry, judges, type Origin } from "./_registry.ts";
import { isStandard, STANDARD_CAPABILITIES } from "./standard_capabilities.ts";
import type {
  CapabilityHandler,
  CapabilityMetadata,
  CustomOptions,
} from "./capability.ts";
import type { ObjectSchema } from "./from_schema.ts";

/** A capability as it is being registered, its types forgotten. */
export interface Registration {
  readonly name: string;
  readonly handler: unknown;
  readonly options?:
    | CapabilityMetadata & Partial<CustomOptions<unknown, unknown>>
    | undefined;
  readonly origin: Origin;
}

const CUSTOM_NAME = /^[a-z]+(?:_[a-z]+)*$/;

/** Checks a registration and makes the entry of the table, or throws what is wrong with it. */
export function createEntry(registration: Registration): Entry {
  const { name, handler, origin } = registration;
  assertFunction(handler, `handler of ${name}`);
  const { displayName, description } = registration.options ?? {};
  return {
    ...(isStandard(name)
      ? standardMembers(name, registration)
      : customMembers(name, registration)),
    name,
    origin,
    displayName: displayName ?? titleOf(name),
    description: description ?? null,
    // Only what its schema lets through reaches the handler, so the types hold.
    handler: handler as CapabilityHandler,
  };
}

type SchemaMembers = Omit<
  Entry,
  "name" | "origin" | "displayName" | "description" | "handler"
>;

function standardMembers(
  name: keyof typeof STANDARD_CAPABILITIES,
  { options = {} }: Registration,
): SchemaMembers {
  const { response, auth, level } = STANDARD_CAPABILITIES[name];
  if (options.response !== undefined || options.auth !== undefined) {
    throw new TypeError(
      `Cannot register ${name}: the protocol fixes its "response" and "auth"`,
    );
  }
  const request = extendSchema(STANDARD_CAPABILITIES[name].request, {
    extension: options.request as ObjectSchema | undefined,
    what: `the request of ${name}`,
  });
  const eager = options.request !== undefined;
  const schemas = { request, response };
  return { ...schemas, auth, level, ...judges(schemas, { eager }) };
}

function customMembers(
  name: string,
  { options = {} }: Registration,
): SchemaMembers {
  if (!CUSTOM_NAME.test(name)) {
    throw new TypeError(
      `Cannot register the capability "${name}": wanted letters from a to z in snake case`,
    );
  }
  const request = customSchema(options.request, { name, member: "request" });
  const response = customSchema(options.response, { name, member: "response" });
  if (!("type" in request) || request.type !== "object") {
    throw new TypeError(
      `Cannot register ${name}: wanted an object schema as its "request"`,
    );
  }
  const schemas = { request: request as ObjectSchema, response };
  const { auth = true } = options;
  return { ...schemas, auth, level: null, ...judges(schemas, { eager: true }) };
}

function customSchema(
  schema: unknown,
  { name, member }: { name: string; member: string },
): object {
  if (typeof schema === "object" && schema !== null) return plainSchema(schema);
  throw new TypeError(
    `Cannot register ${name}: wanted a schema as its "${member}", because it is no standard capability`,
  );
}

function titleOf(name: string): string {
  return name.split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}
