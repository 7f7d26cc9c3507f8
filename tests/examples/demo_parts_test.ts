import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Screen, startProgress } from "../../examples/demo/_progress.ts";
import { judge, summarize } from "../../examples/demo/_summary.ts";
import { openTable, readTable, type Row } from "../../examples/demo/_table.ts";
import { findProblems } from "../../examples/demo/_verify.ts";
import { tempFolder } from "./_child.ts";

Deno.test("findProblems() finds nothing in a table that is as expected", () => {
  const expected = [row("1", "anna"), row("2", "ben"), row("3", "anna")];
  const rows = [row("2", "ben"), row("1", "anna"), row("3", "anna")];

  assertEquals(findProblems(expected, rows), { kept: 3, problems: [] });
});

Deno.test("findProblems() names what is missing, changed, unknown, twice or late", () => {
  const expected = ["1", "2", "3", "4"].map((id) => row(id, "anna"));
  const rows = [
    row("2", "anna"),
    row("1", "anna"),
    row("3", "anna", "something else"),
    row("3", "anna", "something else"),
    row("9", "ben"),
  ];

  assertEquals(findProblems(expected, rows), {
    kept: 2,
    problems: [
      "3 differs from what was published",
      "4 is missing",
      "9 was never published",
      "3 is there twice",
      "1 comes too late",
    ],
  });
});

Deno.test("judge() is not content without a kill, an end, or with plaintext, dead letters and pending changes", () => {
  const ending = {
    kind: "end",
    report: {
      delivered: 0,
      retried: 0,
      deadLettered: 1,
      duplicates: 0,
      drained: 0,
      dropped: 0,
      pending: 1,
      stopped: "outage",
    },
    again: 0,
    deadLetters: 1,
  } as const;

  const calm = judge([], [], {
    runs: [{ ending, ms: 1 }, { ending, ms: 1 }],
    leaks: ["log"],
  });
  const cut = judge([], [], {
    runs: [{ ending: undefined, ms: 1 }, { ending: undefined, ms: 1 }],
    leaks: [],
  });

  assertEquals(calm.problems, [
    "log of the store holds plaintext",
    "the first process was not killed",
    "there are dead letters",
    "there are changes left in the store",
  ]);
  assertEquals(cut.problems, ["the second process did not come to its end"]);
});

Deno.test("summarize() says what is wrong, five lines of it at most", () => {
  const expected = Array.from({ length: 7 }, (_, n) => row(String(n), "anna"));
  const ended = { ending: undefined, ms: 1 };

  const text = summarize(
    judge(expected, [], { runs: [ended, ended], leaks: [] }),
  );

  assertStringIncludes(text, "NOT as it must be: 0 of 7\n    0 is missing\n");
  assertStringIncludes(text, "    4 is missing\n    and 3 more\n");
  assertEquals(text.includes("nothing lost"), false);
});

Deno.test("openTable() takes each id once, also after it was opened again", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/table.jsonl`;
  {
    using table = openTable(path);
    assertEquals(table.add(row("1", "anna")), true);
    assertEquals(table.add(row("1", "anna")), false);
  }
  using table = openTable(path);

  assertEquals(table.add(row("1", "anna")), false);
  assertEquals(table.add(row("2", "anna")), true);
  assertEquals(table.size, 2);
  assertEquals(readTable(path), [row("1", "anna"), row("2", "anna")]);
});

Deno.test("openTable() cuts off the half line of a killed process", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/table.jsonl`;
  const whole = `${JSON.stringify(row("1", "anna"))}\n`;
  Deno.writeTextFileSync(path, whole + whole.replace('"1"', '"2"').slice(0, 9));

  using table = openTable(path);

  assertEquals(table.size, 1);
  assertEquals(table.add(row("2", "anna")), true);
  assertEquals(readTable(path), [row("1", "anna"), row("2", "anna")]);
});

Deno.test("startProgress() draws over one line of a terminal, in color when wanted", () => {
  const plain = screenOf({ isTerminal: true, hasColor: false });
  const colored = screenOf({ isTerminal: true, hasColor: true });
  for (const screen of [plain, colored]) {
    using progress = startProgress({ label: "drain", total: 4 }, screen);
    progress.update(1);
    progress.update(4);
  }

  assertEquals(plain.lines, [
    `\r  drain  ${"█".repeat(7)}${"░".repeat(23)}      1 of 4`,
    `\r  drain  ${"█".repeat(30)}      4 of 4`,
    "\n",
  ]);
  assertStringIncludes(colored.lines.join(""), `\x1b[32m${"█".repeat(7)}\x1b`);
});

Deno.test("startProgress() writes a line a quarter elsewhere", () => {
  const screen = screenOf({ isTerminal: false, hasColor: false });
  using progress = startProgress({ label: "drain", total: 8 }, screen);
  for (let done = 0; done <= 8; done++) progress.update(done);

  assertEquals(
    screen.lines,
    [0, 2, 4, 6, 8].map((done) => `  drain      ${done} of 8\n`),
  );
});

function row(id: string, person: string, said = "hello"): Row {
  return { id, event: "message_received", person, slug: null, said };
}

function screenOf(
  is: { isTerminal: boolean; hasColor: boolean },
): Screen & { lines: string[] } {
  const lines: string[] = [];
  return { ...is, lines, write: (text) => void lines.push(text) };
}
