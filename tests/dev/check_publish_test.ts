import { assertEquals } from "@std/assert";
import { strayFiles } from "../../dev/check_publish.ts";

Deno.test("strayFiles() finds what is no part of the package", () => {
  const report = `Simulating publish of @sluice/edge@0.1.0 with files:
   file:///home/dev/sluice/README.md (8.53KB)
   file:///home/dev/sluice/deno.json (953B)
   file:///home/dev/sluice/dev/check_layers.ts (1.24KB)
   file:///home/dev/sluice/mod.ts (1.24KB)
   file:///home/dev/sluice/src/kv/_walk.ts (1.2MB)
   file:///home/dev/sluice/tests/kv/a%20test.ts (12B)
Success Dry run complete
`;
  assertEquals(strayFiles(report, new URL("file:///home/dev/sluice/")), [
    "dev/check_layers.ts",
    "tests/kv/a test.ts",
  ]);
});
