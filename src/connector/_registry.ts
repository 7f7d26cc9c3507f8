import { compileSchema, type Schema } from "../schema/mod.ts";
import { PAGE_SCHEMA } from "./_account_shapes.ts";
import type { Capability, CapabilityHandler } from "./capability.ts";
import { DuplicateCapabilityError } from "./registration_errors.ts";

/** Who registered a capability. What a module registers, the user may replace once. */
export type Origin = "module" | "user";

/** A registered capability and the code behind it. */
export interface Entry extends Capability {
  readonly origin: Origin;
  readonly handler: CapabilityHandler;
  /** Judges a whole request but for its `auth`. */
  readonly requests: () => Schema;
  /** Judges what the handler responds. */
  readonly responses: () => Schema;
}

/** The table of a connector, in the order of registration. */
export class Registry {
  readonly #entries = new Map<string, Entry>();

  /** Everything that is registered. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** Adds all of them or, when one is there already, none. */
  add(entries: readonly Entry[]): void {
    for (const { name } of entries) {
      const known = this.#entries.get(name);
      const twice = entries.filter((other) => other.name === name).length > 1;
      if (!twice && known?.origin !== "user") continue;
      throw new DuplicateCapabilityError(
        `Cannot register the capability: ${name} already registered`,
      );
    }
    for (const entry of entries) this.#entries.set(entry.name, entry);
  }
}

/** Makes the judges of a capability: standard schemas wait for their first use, others show at once what is wrong. */
export function judges(
  schemas: { request: object; response: object },
  options: { eager: boolean },
): Pick<Entry, "requests" | "responses"> {
  const requests = once(() => compileSchema(requestEnvelope(schemas.request)));
  const responses = once(() => compileSchema(schemas.response));
  if (options.eager) {
    requests();
    responses();
  }
  return { requests, responses };
}

/** The schema of a whole request but for its `auth`. */
export function requestEnvelope(request: object): object {
  return {
    type: "object",
    required: ["request"],
    properties: {
      request,
      page: { anyOf: [PAGE_SCHEMA, { type: "null" }] },
      include_raw_data: { type: ["boolean", "null"] },
      settings: { type: ["object", "null"] },
    },
  };
}

function once(make: () => Schema): () => Schema {
  let made: Schema | undefined;
  return () => made ??= make();
}
