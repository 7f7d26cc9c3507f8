import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  coverageProblems,
  percent,
  totals,
  worstFiles,
} from "../../dev/_coverage/judge.ts";
import { type FileCoverage, parseLcov } from "../../dev/_coverage/lcov.ts";

function file(
  path: string,
  [lines, branches]: [[number, number], [number, number]],
): FileCoverage {
  return {
    path,
    lines: { hit: lines[0], found: lines[1] },
    branches: { hit: branches[0], found: branches[1] },
  };
}

const HALF = `export function half(yes: boolean): number {
  if (yes) {
    return 1;
  }
  return 2;
}
`;
const HALF_TEST = `import { half } from "./half.ts";
Deno.test("half", () => void half(true));
`;
const NO_MODULES = new Map<string, string>();

Deno.test("parseLcov() reads what deno coverage writes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "half.ts"), HALF);
    await Deno.writeTextFile(join(folder, "half_test.ts"), HALF_TEST);
    await deno(folder, [
      "test",
      "--no-check",
      "--coverage=cov",
      "--coverage-raw-data-only",
    ]);
    const [only, ...more] = parseLcov(
      await deno(folder, ["coverage", "--lcov", "cov"]),
    );
    assertEquals(more, []);
    assertEquals(only?.path.endsWith("half.ts"), true);
    // How much there is to find is for each release of Deno to say.
    for (const share of [only?.lines, only?.branches]) {
      assert(share && share.found > 0 && share.hit < share.found);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("parseLcov() refuses a record without its sums, as nothing can be said of it", () => {
  assertThrows(
    () => parseLcov("SF:/a.ts\nLH:1\nLF:2\nend_of_record\n"),
    Error,
    "Cannot find BRH in a record",
  );
});

Deno.test("coverageProblems() wants the percentage of lines and of branches, each in total", () => {
  const judged = (hit: [number, number]): string[] =>
    coverageProblems(
      [
        file("src/a.ts", [[hit[0], 100], [0, 0]]),
        file("src/b.ts", [[100, 100], [hit[1], 100]]),
      ],
      { percent: 90, modules: NO_MODULES },
    );
  assertEquals(judged([80, 90]), []);
  assertEquals(judged([79, 90]), [
    "Cannot accept 89.5 % of lines: wanted 90 %",
  ]);
  assertEquals(judged([80, 89]), [
    "Cannot accept 89.0 % of branches: wanted 90 %",
  ]);
});

Deno.test("coverageProblems() names a module that no test loads, unless it holds types alone", () => {
  const modules = new Map([
    ["src/seen.ts", "export function seen(): void {}\n"],
    ["src/unseen.ts", "/** Text. */\nexport async function unseen() {}\n"],
    ["src/class.ts", "abstract class A {}\n"],
    ["src/types.ts", "export interface A { const: 1 }\nexport type B = A;\n"],
    ["src/names.ts", 'export type { A } from "./types.ts";\n'],
  ]);
  assertEquals(
    coverageProblems([file("src/seen.ts", [[1, 1], [0, 0]])], {
      percent: 90,
      modules,
    }),
    [
      "Cannot judge src/unseen.ts: no test loads it",
      "Cannot judge src/class.ts: no test loads it",
    ],
  );
});

Deno.test("coverageProblems() accepts no report that is empty of modules that exist", () => {
  const modules = new Map([["src/a.ts", "export const a = 1;\n"]]);
  assertEquals(
    coverageProblems([], { percent: 90, modules }),
    ["Cannot judge src/a.ts: no test loads it"],
  );
});

Deno.test("worstFiles() gives those with most that is missed, and none that misses nothing", () => {
  const files = [
    file("whole", [[9, 9], [3, 3]]),
    file("some", [[8, 9], [2, 3]]),
    file("much", [[100, 109], [3, 3]]),
  ];
  const paths = (count: number): string[] =>
    worstFiles(files, count).map(({ path }) => path);
  assertEquals(paths(10), ["much", "some"]);
  assertEquals(paths(1), ["much"]);
});

Deno.test("totals() adds up, and percent() of nothing is all of it", () => {
  const total = totals([
    file("a", [[1, 2], [0, 0]]),
    file("b", [[3, 3], [0, 0]]),
  ]);
  assertEquals(total.lines, { hit: 4, found: 5 });
  assertEquals(percent(total.lines), 80);
  assertEquals(percent(total.branches), 100);
});

async function deno(cwd: string, args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
