/**
 * The layer rules as a lint plugin, so that Deno's own parser finds the imports and the names, whatever their form.
 * `dev/check_layers.ts` runs it with the root of the package as working directory.
 *
 * @module
 */
import { ambientRules } from "./ambient.ts";
import { importRules } from "./imports.ts";
import { reexportRules } from "./reexports.ts";

const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: { ...importRules, ...ambientRules, ...reexportRules },
};

export default plugin;
