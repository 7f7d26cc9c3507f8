/**
 * The house rules of `src/` that Deno's own linter does not have; deno.json names this plugin.
 *
 * @module
 */
import { consoleRule } from "./_lint/console.ts";
import { emptyCatchRule } from "./_lint/empty_catch.ts";
import { errorMessageRule } from "./_lint/error_message.ts";
import { functionArgumentsRule } from "./_lint/function_arguments.ts";
import { optionDefaultRule } from "./_lint/option_default.ts";
import { inSource } from "./_lint/scope.ts";
import { topLevelArrowRule } from "./_lint/top_level_arrow.ts";

const plugin: Deno.lint.Plugin = {
  name: "sluice",
  rules: {
    "console": inSource(consoleRule),
    "empty-catch": inSource(emptyCatchRule),
    "error-message": inSource(errorMessageRule),
    "function-arguments": inSource(functionArgumentsRule),
    "option-default": inSource(optionDefaultRule),
    "top-level-arrow": inSource(topLevelArrowRule),
  },
};

export default plugin;
