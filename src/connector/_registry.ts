import {
  compileNamed,
  lazySchema,
  NamedTable,
  type Schema,
} from "../schema/mod.ts";
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
  readonly requests: Schema;
  /** Judges what the handler responds. */
  readonly responses: Schema;
}

/** The table of a connector, in the order of registration. */
export class Registry {
  readonly #table = new NamedTable<Entry>();

  /** Everything that is registered. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#table.entries;
  }

  /** Adds all of them or, when one is there already, none. */
  add(entries: readonly Entry[]): void {
    const met = new Set<string>();
    this.#table.add(
      entries.map((entry) => [entry.name, entry]),
      (name, known) => {
        if (!met.has(name) && known?.origin !== "user") {
          met.add(name);
          return;
        }
        throw new DuplicateCapabilityError(
          `Cannot register the capability: ${name} already registered`,
        );
      },
    );
  }
}

/** Makes the judges of a capability: standard schemas wait for their first use, others show at once what is wrong. */
export function judges(
  schemas: { request: object; response: object },
  { eager }: { eager: boolean },
): Pick<Entry, "requests" | "responses"> {
  const judge = eager ? compileNamed : lazySchema;
  return {
    requests: judge(requestEnvelope(schemas.request), "the request schema"),
    responses: judge(schemas.response, "the response schema"),
  };
}

/** The schema of a whole request but for its `auth`. */
function requestEnvelope(request: object): object {
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
