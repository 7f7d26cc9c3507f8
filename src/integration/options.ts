import type { IntegrationEvent } from "../observe/events.ts";
import type { Observer, SafeObserver } from "../observe/observer.ts";

/** How an integration judges and answers. */
export interface ExecutionOptions {
  /**
   * Turns what a handler throws unexpectedly into an `error` envelope instead of throwing it on. Default is `false`,
   * as the contract has it.
   */
  readonly safe?: boolean;
  /** Fills absent inputs with the `default` of their schema before they are judged. Default is `false`. */
  readonly applyDefaults?: boolean;
  /**
   * What an output that does not match its schema leads to: a `validation_error`, or a line in the log of the context
   * and the output as it is. Default is `"fail"`.
   */
  readonly onOutputMismatch?: "fail" | "warn";
  /**
   * Takes credentials as the envelope `{auth_type, credentials}` only, as the newest platform does, where the
   * configuration has `auth.fields`. Default is `false`: the fields alone are taken too.
   */
  readonly strictAuth?: boolean;
  /**
   * Is told how each execution ended, and what runs over a polling trigger do. It is not waited for, and what it throws
   * changes nothing. Nobody by default.
   */
  readonly onEvent?: Observer<IntegrationEvent>;
}

/** {@linkcode ExecutionOptions} with all defaults. */
export interface ExecutionSettings
  extends Required<Omit<ExecutionOptions, "onEvent">> {
  readonly tell: SafeObserver<IntegrationEvent> | undefined;
}
