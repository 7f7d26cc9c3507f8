import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Row } from "./_measure.ts";
import { report, thisMachine, writePage } from "./_report.ts";

const MACHINE = {
  cpu: "Abacus 9",
  cores: 4,
  memoryBytes: 8 * 2 ** 30,
  system: "linux x86_64",
  deno: "2.9.6",
};
const ROWS: readonly Row[] = [
  { what: "a", reached: "9 x/s", ceiling: "10 y/s", ratio: 0.9, wanted: 0.5 },
  { what: "b", reached: "4 x/s", ceiling: "10 y/s", ratio: 0.4, wanted: 0.5 },
  { what: "c", reached: "3 x/s", ceiling: "", ratio: null, wanted: null },
  { what: "d", reached: "1 x/s", ceiling: "", ratio: 0.0019, wanted: 1 / 1.1 },
];

Deno.test("report() names the machine, the day, how to repeat it, and judges each row", () => {
  const page = report(ROWS, {
    machine: MACHINE,
    date: new Date("2026-03-04T23:00:00Z"),
  });
  assertStringIncludes(
    page,
    "Abacus 9, 4 cores, 8.0 GiB of memory, linux x86_64, Deno 2.9.6, 2026-03-04.",
  );
  assertStringIncludes(page, "`deno task bench`");
  assertStringIncludes(page, "| a | 9 x/s | 10 y/s | 0.90 | 0.50 | reached |");
  assertStringIncludes(page, "| b | 4 x/s | 10 y/s | 0.40 | 0.50 | below |");
  assertStringIncludes(page, "| c | 3 x/s |  | – | – |  |");
  assertStringIncludes(page, "| d | 1 x/s |  | 0.0019 | 0.91 | below |");
});

Deno.test("thisMachine() finds the version of Deno, cores and memory", async () => {
  const { cores, memoryBytes, deno } = await thisMachine();
  assertEquals(deno, Deno.version.deno);
  assertEquals(cores, navigator.hardwareConcurrency);
  assertEquals(memoryBytes > 2 ** 20, true);
});

Deno.test("writePage() leaves what the format check accepts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/results.md`;
    await writePage(
      path,
      report(ROWS, { machine: MACHINE, date: new Date(0) }),
    );
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--check", path],
      stdin: "null",
    }).output();
    assertEquals(success, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
