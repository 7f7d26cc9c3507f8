import { resolve, toFileUrl } from "@std/path";
import { isFunction, isRecord } from "./_shapes.ts";
import type { AnyConnector } from "../connector/mod.ts";
import type { ChangeHandler } from "../company_data/mod.ts";
import { ConfigError } from "../errors.ts";
import type { Integration } from "../integration/mod.ts";

/**
 * Loads the handler that a module exports as `default` or `handler`.
 *
 * @throws {ConfigError} When there is no such module, or it exports none.
 */
export async function loadHandler(path: string): Promise<ChangeHandler> {
  const wanted = "a function as its default export or as `handler`";
  return await loadExport(path, {
    names: ["default", "handler"],
    wanted,
    is: (value): value is ChangeHandler => isFunction(value),
  });
}

/**
 * Loads the connector that a module exports as `default` or `connector`.
 *
 * @throws {ConfigError} When there is no such module, or it exports none.
 */
export async function loadConnector(path: string): Promise<AnyConnector> {
  return await loadExport(path, {
    names: ["default", "connector"],
    wanted: "a Connector as its default export or as `connector`",
    // By its form: the module may use another copy of the package.
    is: (value): value is AnyConnector =>
      isRecord(value) && isFunction(value["dispatch"]) &&
      isFunction(value["info"]) && value["capabilities"] instanceof Map,
  });
}

/**
 * Loads the integration that a module exports as `default` or `integration`.
 *
 * @throws {ConfigError} When there is no such module, or it exports none.
 */
export async function loadIntegration(path: string): Promise<Integration> {
  return await loadExport(path, {
    names: ["default", "integration"],
    wanted: "an Integration as its default export or as `integration`",
    is: (value): value is Integration =>
      isRecord(value) && isFunction(value["executeAction"]) &&
      isFunction(value["check"]) && isRecord(value["config"]),
  });
}

interface Wanted<T> {
  readonly names: readonly string[];
  readonly wanted: string;
  readonly is: (value: unknown) => value is T;
}

/** Loads the first of the exports that is what is wanted. */
export async function loadExport<T>(
  path: string,
  { names, wanted, is }: Wanted<T>,
): Promise<T> {
  const module = await load(path);
  for (const name of names) {
    const value = module[name];
    if (is(value)) return value;
  }
  throw new ConfigError(`Cannot use the module ${path}: wanted ${wanted}`);
}

async function load(path: string): Promise<Record<string, unknown>> {
  const url = /^(?:file|https?|jsr|npm|data):/.test(path)
    ? path
    : toFileUrl(resolve(path)).href;
  try {
    return await import(url);
  } catch (cause) {
    const [reason = ""] = cause instanceof Error
      ? cause.message.split("\n", 1)
      : [];
    throw new ConfigError(`Cannot load the module ${path}: ${reason}`, {
      cause,
    });
  }
}
