import { isObject } from "../../_internal/json.ts";
import type { AnyConnector } from "../../connector/mod.ts";
import { loadExport } from "../_files/load_export.ts";

/**
 * Loads the connector that a module exports as `default`, `connector` or `integration`, which is what a scaffold calls
 * it.
 *
 * @throws {ConfigError} When there is no such module, or it exports none.
 */
export async function loadConnector(path: string): Promise<AnyConnector> {
  return await loadExport(path, {
    names: ["default", "connector", "integration"],
    wanted:
      "a Connector as its default export or as `connector` or `integration`",
    // By its form: the module may use another copy of the package.
    is: (value): value is AnyConnector =>
      isObject(value) && typeof value["dispatch"] === "function" &&
      typeof value["info"] === "function" &&
      value["capabilities"] instanceof Map,
  });
}
