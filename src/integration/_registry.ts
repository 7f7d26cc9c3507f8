import { ConfigError } from "../errors.ts";
import { lazySchema, NamedTable, type Schema } from "../schema/mod.ts";
import { type HandlerCall, handlerCall } from "./_handler_call.ts";
import type { ActionConfig } from "./config.ts";

/** A handler with what the configuration says of it. */
export interface Entry<Config, Args extends readonly unknown[]> {
  readonly config: Config;
  readonly call: HandlerCall<Args>;
  readonly inputs: Schema;
  readonly outputs: Schema;
}

/** Handlers by name, of one kind. */
export class Registry<
  Config extends ActionConfig,
  Args extends readonly unknown[],
> {
  readonly #table = new NamedTable<Entry<Config, Args>>();
  readonly #configs: Readonly<Record<string, Config>>;
  readonly #kind: string;
  readonly #refused = new Set<string>();

  /** Creates it; `kind` is what messages call one. */
  constructor(kind: string, configs: Readonly<Record<string, Config>>) {
    this.#kind = kind;
    this.#configs = configs;
  }

  /** Registers a handler; a second one takes the place of the first. */
  add(name: string, handler: { value: unknown; method: string }): void {
    const config = this.#configs[name];
    if (!config) {
      this.#refused.add(name);
      throw new ConfigError(
        `Cannot register ${this.#kind} "${name}": the configuration does not define it`,
      );
    }
    const call = handlerCall(handler.value, handler.method);
    const schemas = lazySchemas(config, `${this.#kind} "${name}"`);
    this.#table.add([[name, { config, call, ...schemas }]]);
  }

  /** The handler of that name, if there is one. */
  get(name: string): Entry<Config, Args> | undefined {
    return this.#table.get(name);
  }

  /** Names that the configuration defines and nobody registered. */
  missing(): string[] {
    return Object.keys(this.#configs)
      .filter((name) => !this.#table.get(name));
  }

  /** Names that somebody tried to register and the configuration does not define. */
  refused(): string[] {
    return [...this.#refused];
  }
}

// Compiled when first needed: a large integration has hundreds of schemas and a process runs few of them.
function lazySchemas(
  config: ActionConfig,
  name: string,
): { inputs: Schema; outputs: Schema } {
  return {
    inputs: lazySchema(config.inputSchema, `the input_schema of ${name}`),
    outputs: lazySchema(config.outputSchema, `the output_schema of ${name}`),
  };
}
