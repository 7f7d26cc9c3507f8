import type { JsonObject } from "../_internal/json.ts";

/** One action as the configuration describes it. */
export interface ActionConfig {
  /** What it is called. */
  readonly name: string;
  /** What it does. */
  readonly description: string;
  /** JSON Schema of its inputs, as it was written. */
  readonly inputSchema: unknown;
  /** JSON Schema of `data` in its outcome, as it was written. */
  readonly outputSchema: unknown;
}

/** One polling trigger as the configuration describes it. */
export interface PollingTriggerConfig extends ActionConfig {
  /** How often it may be polled, such as `"5m"`. */
  readonly pollingInterval: string;
  /** The same in milliseconds. */
  readonly pollingIntervalMs: number;
}

/** A configuration, read once. */
export interface IntegrationConfig {
  /** What it is called. */
  readonly name: string;
  /** The integration's own version. */
  readonly version: string;
  /** What it is for. */
  readonly description: string;
  /** How credentials are got, as it was written; only `fields` has a meaning here. */
  readonly auth: JsonObject;
  /** The actions by their names. */
  readonly actions: Readonly<Record<string, ActionConfig>>;
  /** The polling triggers by their names. */
  readonly pollingTriggers: Readonly<Record<string, PollingTriggerConfig>>;
}
