import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { assertObject } from "./_assert.ts";
import { checkIntegration } from "./_check.ts";
import { executeAction, executeTrigger, findAccount } from "./_execute.ts";
import { type HandlerCall, handlerCall } from "./_handler_call.ts";
import { readConfig } from "./_read_config.ts";
import { lazySchema } from "../schema/mod.ts";
import { Registry } from "./_registry.ts";
import { readSettings } from "./_settings.ts";
import { readSource } from "./_source.ts";
import { type Watch, watchAccount, watchAction, watchPoll } from "./_watch.ts";
import type { IntegrationProblem } from "./check.ts";
import type {
  ActionConfig,
  IntegrationConfig,
  PollingTriggerConfig,
} from "./config.ts";
import type { ContextLike } from "./context.ts";
import type {
  ActionFunction,
  ActionHandler,
  ConnectedAccountFunction,
  ConnectedAccountHandler,
  HandlerClass,
  PollingTriggerFunction,
  PollingTriggerHandler,
  PollRecord,
  Register,
} from "./handlers.ts";
import type { ExecutionOptions, ExecutionSettings } from "./options.ts";
import type { IntegrationResult } from "./results.ts";
import type { Schema } from "../schema/mod.ts";
import type { Setting } from "./_execute.ts";

type ActionArgs = [unknown, ContextLike];
type TriggerArgs = [unknown, unknown, ContextLike];

/** Who is told what an integration does, for the runs over its triggers. */
export let observerOf: (
  integration: Integration,
) => ExecutionSettings["tell"];

/** Actions, polling triggers and a connected account, described by a configuration and done by handlers. */
export class Integration {
  static {
    observerOf = (integration) => integration.#settings.tell;
  }

  /** What the configuration says. */
  readonly config: IntegrationConfig;
  readonly #source: JsonObject;
  readonly #settings: ExecutionSettings;
  readonly #fields: Schema | undefined;
  readonly #actions: Registry<ActionConfig, ActionArgs>;
  readonly #triggers: Registry<PollingTriggerConfig, TriggerArgs>;
  #account: HandlerCall<[ContextLike]> | undefined;

  private constructor(
    source: JsonObject,
    config: IntegrationConfig,
    settings: ExecutionSettings,
  ) {
    this.config = config;
    this.#source = source;
    this.#settings = settings;
    this.#fields = Object.hasOwn(config.auth, "fields")
      ? lazySchema(member(config.auth, "fields"), "auth.fields")
      : undefined;
    this.#actions = new Registry("action", config.actions);
    this.#triggers = new Registry("polling trigger", config.pollingTriggers);
  }

  /**
   * Reads a configuration. Unknown keys have no effect, and schemas are compiled when they are first needed;
   * {@linkcode Integration.check} judges all of them at once.
   *
   * @param source A path seen from the working directory, a `file:` URL, or the object itself, which is copied.
   * @param options How executions judge and answer.
   * @returns A new integration without handlers.
   * @throws {ConfigError} When it cannot be read or something is missing; `problems` names every place.
   * @throws {TypeError} When an option or the source has the wrong type.
   */
  static async load(
    source: string | URL | object,
    options: ExecutionOptions = {},
  ): Promise<Integration> {
    const settings = readSettings(options);
    const { value, name } = await readSource(source);
    const config = readConfig(value, name);
    return new Integration(isObject(value) ? value : {}, config, settings);
  }

  /**
   * Registers the handler of an action, as a decorator of a class or by a call with a class or a function. A second
   * handler of the same name takes the place of the first.
   *
   * @param name The action, as the configuration names it.
   * @returns What registers the handler and gives it back unchanged.
   * @throws {ConfigError} When the handler is registered and the configuration does not define the action.
   */
  action(name: string): Register<HandlerClass<ActionHandler> | ActionFunction> {
    return (handler) => {
      this.#actions.add(name, { value: handler, method: "execute" });
      return handler;
    };
  }

  /**
   * Registers the handler of a polling trigger, in the same ways as {@linkcode Integration.action}.
   *
   * @param name The trigger, as the configuration names it.
   * @returns What registers the handler and gives it back unchanged.
   * @throws {ConfigError} When the handler is registered and the configuration does not define the trigger.
   */
  pollingTrigger(
    name: string,
  ): Register<HandlerClass<PollingTriggerHandler> | PollingTriggerFunction> {
    return (handler) => {
      this.#triggers.add(name, { value: handler, method: "poll" });
      return handler;
    };
  }

  /**
   * Registers the handler that finds out whom credentials belong to, in the same ways as
   * {@linkcode Integration.action}.
   *
   * @returns What registers the handler and gives it back unchanged.
   */
  connectedAccount(): Register<
    HandlerClass<ConnectedAccountHandler> | ConnectedAccountFunction
  > {
    return (handler) => {
      this.#account = handlerCall(handler, "getAccountInfo");
      return handler;
    };
  }

  /**
   * Runs an action. In this order: its handler, the inputs, the credentials where the configuration has
   * `auth.fields`, the work itself, the kind of its outcome, and the output.
   *
   * @param name The action.
   * @param inputs Its inputs; judged by the `input_schema`.
   * @param context Credentials and `fetch`; a plain object with the two does as well.
   * @param options Take the place of those of `load`.
   * @returns `action`, `action_error`, `validation_error`, or in safe mode `error`. After a `validation_error` with
   * the source `"output"` the work is done and `cost_usd` tells its cost.
   * @throws Whatever the handler throws besides a `ValidationError`, unless `safe` is set.
   * @throws {ConfigError} When a schema of the action is not valid, unless `safe` is set.
   */
  async executeAction(
    name: string,
    inputs: unknown,
    context: ContextLike,
    options: ExecutionOptions = {},
  ): Promise<IntegrationResult> {
    const setting = this.#setting(context, options);
    const entry = this.#actions.get(name);
    return await watchAction(this.#watch(setting), entry ? name : null, {
      work: () => executeAction(entry, { ...setting, name, inputs }),
    });
  }

  /**
   * Polls once and gives the records as the handler did, after judging each of them. See
   * {@linkcode runPollingTrigger} for a poll that remembers and delivers.
   *
   * @param name The trigger.
   * @param inputs Its inputs; judged by the `input_schema`.
   * @param lastPollTs Handed to the handler as it is.
   * @param context Credentials and `fetch`; a plain object with the two does as well.
   * @param options Take the place of those of `load`.
   * @returns The records, each with `id` and `data`.
   * @throws {ValidationError} When there is no handler, or inputs, credentials or a record do not match.
   * @throws Whatever the handler throws.
   */
  async executePollingTrigger(
    name: string,
    inputs: unknown,
    lastPollTs: unknown,
    context: ContextLike,
    options: ExecutionOptions = {},
  ): Promise<readonly PollRecord[]> {
    const setting = this.#setting(context, options);
    const execution = { ...setting, name, inputs, lastPollTs };
    const entry = this.#triggers.get(name);
    return await watchPoll(this.#watch(setting), entry ? name : null, {
      work: () => executeTrigger(entry, execution),
    });
  }

  /**
   * Finds out whom the credentials belong to.
   *
   * @param context Credentials and `fetch`; a plain object with the two does as well.
   * @param options Take the place of those of `load`.
   * @returns `connected_account`; in safe mode also `validation_error` or `error`.
   * @throws {ValidationError} When there is no handler, the credentials do not match or the outcome is none, unless
   * `safe` is set.
   * @throws Whatever the handler throws, unless `safe` is set.
   */
  async getConnectedAccount(
    context: ContextLike,
    options: ExecutionOptions = {},
  ): Promise<IntegrationResult> {
    const setting = this.#setting(context, options);
    return await watchAccount(this.#watch(setting), {
      work: () => findAccount(this.#account, setting),
    });
  }

  /**
   * Finds out what is wrong with the configuration and with the handlers registered so far, without any network:
   * handlers and definitions without one another, schemas that are not valid draft 7, unknown kinds of credentials,
   * and what the tools of the platform would complain about.
   *
   * @returns Everything found, errors first; empty when all is well.
   */
  check(): readonly IntegrationProblem[] {
    return checkIntegration(this.#source, {
      unhandled: [
        ...this.#actions.missing().map((name) => `/actions/${name}`),
        ...this.#triggers.missing().map((name) => `/polling_triggers/${name}`),
      ],
      undefined: [
        ...this.#actions.refused().map((name) => `/actions/${name}`),
        ...this.#triggers.refused().map((name) => `/polling_triggers/${name}`),
      ],
      hasAccountHandler: this.#account !== undefined,
    });
  }

  #watch({ settings: { tell } }: Setting): Watch {
    return { tell, integration: this.config.name };
  }

  #setting(context: ContextLike, options: ExecutionOptions): Setting {
    assertObject(context, "context");
    const settings = readSettings(options, this.#settings);
    return { settings, fields: this.#fields, context };
  }
}
