import { isObject } from "../../_internal/json.ts";
import type { Integration } from "../../integration/mod.ts";
import { loadExport } from "../_files/load_export.ts";

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
      isObject(value) && typeof value["executeAction"] === "function" &&
      typeof value["check"] === "function" && isObject(value["config"]),
  });
}
