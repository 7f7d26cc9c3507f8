import { PORTABLE_CHECKS } from "./portable_checks.ts";

for (const { name, run } of PORTABLE_CHECKS) {
  Deno.test(`On Deno: ${name}`, () => run());
}
