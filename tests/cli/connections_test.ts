import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { fullDisk, linesOf, startWorld, type World } from "./_support.ts";

async function startWith(people: number): Promise<World> {
  const world = await startWorld();
  for (let i = 0; i < people; i++) {
    await world.sandbox.connect({
      displayName: `P${i}`,
      values: { email: `p${i}@example.com` },
    });
  }
  return world;
}

const EXPORT = ["connections", "export"];

Deno.test("connections export writes a line for each person", async () => {
  await using world = await startWith(3);
  const { code, out, err } = await world.sluice(EXPORT);
  assertEquals(code, EXIT.done);
  const [first, ...rest] = linesOf(out);
  assertEquals(rest.length, 2);
  assertEquals(first?.["displayName"], "P0");
  assertEquals(first?.["values"], { email: "p0@example.com" });
  assertEquals(err, "3 people written\n");
});

Deno.test("connections export writes a table, with quotes where they are needed", async () => {
  await using world = await startWorld();
  world.sandbox.setFields([{ slug: "email", type: "email" }, {
    slug: "address",
    type: "address",
  }]);
  await world.sandbox.connect({
    displayName: 'Anna, "A"\nB',
    values: { address: { city: "Köln" } },
  });
  const { out } = await world.sluice([...EXPORT, "--format", "csv"]);
  const [head, ...rows] = out.split("\r\n");
  assertEquals(
    head,
    "id,personId,displayName,connectedAt,customerType,shareCode,email,address",
  );
  assertMatch(
    rows[0] ?? "",
    /^con-1,usr-1,"Anna, ""A""\nB",[^,]+,,SBX0001,,"{""city"":""Köln""}"$/,
  );
});

Deno.test("connections export names values that cannot be decrypted, and ends with 4", async () => {
  await using world = await startWorld();
  await world.sandbox.connect({
    values: { phone: "1" },
    rawValues: {
      email: { value: { _enc: 1, k: "AAAA", iv: "AAAA", d: "AAAA" } },
    },
  });
  const { code, out, err } = await world.sluice(EXPORT);
  assertEquals(code, EXIT.left);
  const [row] = linesOf(out);
  assertEquals([row?.["values"], row?.["errors"]], [{ phone: "1" }, ["email"]]);
  assertStringIncludes(err, "1 values cannot be decrypted");
});

Deno.test("connections export --out writes a file for its owner alone, and leaves no checkpoint", async () => {
  await using world = await startWith(2);
  const out = world.path("people.ndjson");
  const { code, out: said } = await world.sluice([
    ...EXPORT,
    "--out",
    out,
    "--json",
  ]);
  assertEquals(code, EXIT.done);
  assertEquals(JSON.parse(said), { written: 2, unreadable: 0, finished: true });
  assertEquals(linesOf(await Deno.readTextFile(out)).length, 2);
  assertEquals((await Deno.stat(out)).mode! & 0o777, 0o600);
  await assertRejects(
    () => Deno.stat(`${out}.checkpoint`),
    Deno.errors.NotFound,
  );
  const again = await world.sluice([...EXPORT, "--out", out]);
  assertEquals(again.code, EXIT.input);
  assertStringIncludes(again.err, "it is there already and has no checkpoint");
});

for (const format of ["ndjson", "csv"]) {
  Deno.test(`connections export --format ${format} goes on where it broke off, and cuts off a torn line`, async () => {
    await using world = await startWith(250);
    const flags = [...EXPORT, "--format", format];
    const whole = await world.sluice(flags);
    const out = world.path("people");
    world.sandbox.failNext(
      ({ url }) => url.searchParams.get("offset") === "200",
      { kind: "status", status: 403 },
    );
    const broken = await world.sluice([...flags, "--out", out]);
    assertEquals(broken.code, EXIT.platform);
    // As if the process had died in the middle of a write, and two people had left since.
    await Deno.writeTextFile(out, '{"torn', { append: true });
    const resumed = await world.sluice([...flags, "--out", out]);
    assertEquals(resumed.code, EXIT.done);
    assertStringIncludes(resumed.err, "Going on after 200 people");
    assertEquals(await Deno.readTextFile(out), whole.out);
  });
}

Deno.test("connections export stops when it is told to, and the same command goes on", async () => {
  await using world = await startWith(150);
  const out = world.path("people");
  const stop = new AbortController();
  world.sandbox.failNext(
    ({ url }) => {
      const isSecond = url.searchParams.get("offset") === "100";
      if (isSecond) stop.abort("SIGINT");
      return isSecond;
    },
    { kind: "delay", delayMs: 5_000 },
  );
  const stopped = await world.sluice([...EXPORT, "--out", out], {
    signal: stop.signal,
  });
  assertEquals(stopped.code, EXIT.interrupted);
  assertStringIncludes(stopped.err, "The same command goes on from here");
  const next = await world.sluice([...EXPORT, "--out", out]);
  assertEquals(next.code, EXIT.done);
  const ids = linesOf(await Deno.readTextFile(out)).map(({ id }) => id);
  assertEquals([ids.length, new Set(ids).size], [150, 150]);
});

/** Begins an export that breaks off after so many people, 0 or 200. */
async function breakOff(
  world: World,
  out: string,
  { after }: { readonly after: 0 | 200 },
): Promise<void> {
  world.sandbox.failNext(
    ({ url }) => url.searchParams.get("offset") === `${after}`,
    { kind: "status", status: 403 },
  );
  const { code } = await world.sluice([...EXPORT, "--out", out]);
  assertEquals(code, EXIT.platform);
}

for (const after of [0, 200] as const) {
  Deno.test(`connections export refuses another file of that name after ${after} people, and leaves it as it is`, async () => {
    await using world = await startWith(250);
    const out = world.path("people");
    await breakOff(world, out, { after });
    const { size } = await Deno.stat(out);
    const notes = "NOTES OF ANOTHER FILE\n".repeat(size / 20 + 10);
    await Deno.writeTextFile(out, notes);
    const { code, err } = await world.sluice([...EXPORT, "--out", out]);
    assertEquals([code, err], [
      EXIT.input,
      `Error: Cannot use --out ${out}: it is not as its checkpoint says, wanted the name of a new file\n`,
    ]);
    assertEquals(await Deno.readTextFile(out), notes);
  });
}

Deno.test("connections export refuses a file whose last 4 KiB before the checkpoint were edited", async () => {
  await using world = await startWith(250);
  const out = world.path("people");
  await breakOff(world, out, { after: 200 });
  const bytes = await Deno.readFile(out);
  for (const place of [bytes.length - 1, bytes.length - 4096]) {
    const edited = Uint8Array.from(bytes);
    edited[place] = 0;
    await Deno.writeFile(out, edited);
    const { code, err } = await world.sluice([...EXPORT, "--out", out]);
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, "it is not as its checkpoint says");
    assertEquals(await Deno.readFile(out), edited);
  }
  await Deno.writeFile(out, bytes);
  const { code } = await world.sluice([...EXPORT, "--out", out]);
  assertEquals(code, EXIT.done);
  assertEquals(linesOf(await Deno.readTextFile(out)).length, 250);
});

Deno.test("connections export refuses a file that another export is writing", async () => {
  await using world = await startWith(150);
  const out = world.path("people");
  const stop = new AbortController();
  const reached = Promise.withResolvers<void>();
  world.sandbox.failNext(
    ({ url }) => {
      const isSecond = url.searchParams.get("offset") === "100";
      if (isSecond) reached.resolve();
      return isSecond;
    },
    { kind: "delay", delayMs: 60_000 },
  );
  const { signal } = stop;
  const first = world.sluice([...EXPORT, "--out", out], { signal });
  await reached.promise;
  const second = await world.sluice([...EXPORT, "--out", out]);
  stop.abort("SIGINT");
  assertEquals([second.code, second.err], [EXIT.input, heldError(out)]);
  assertEquals((await first).code, EXIT.interrupted);
  const next = await world.sluice([...EXPORT, "--out", out]);
  assertEquals(next.code, EXIT.done);
  const ids = linesOf(await Deno.readTextFile(out)).map(({ id }) => id);
  assertEquals([ids.length, new Set(ids).size], [150, 150]);
});

Deno.test("connections export has its file until the checkpoint is gone", async () => {
  await using world = await startWith(1);
  const out = world.path("people");
  const args = [...EXPORT, "--out", out];
  const errors: string[] = [];
  const first = await world.sluice([...args, "--json"], {
    out: async () => void errors.push((await world.sluice(args)).err),
  });
  assertEquals([first.code, errors], [EXIT.done, [heldError(out)]]);
});

function heldError(out: string): string {
  return `Error: Cannot use --out ${out}: another export is writing it, wanted the name of a new file\n`;
}

Deno.test("connections export does not go on with a file of another kind", async () => {
  await using world = await startWith(1);
  const out = world.path("people");
  world.sandbox.failNext("connections", { kind: "status", status: 403 });
  await world.sluice([...EXPORT, "--out", out]);
  const other = await world.sluice([
    ...EXPORT,
    "--out",
    out,
    "--format",
    "csv",
  ]);
  assertEquals(other.code, EXIT.input);
  assertStringIncludes(
    other.err,
    "begun in another format or for another service",
  );
  await Deno.writeTextFile(`${out}.checkpoint`, "{");
  const damaged = await world.sluice([...EXPORT, "--out", out]);
  assertStringIncludes(damaged.err, "its checkpoint cannot be read");
});

Deno.test("connections export says why it can neither begin a file nor go on with one", async () => {
  await using world = await startWith(1);
  const out = world.path("people");
  world.sandbox.failNext("connections", { kind: "status", status: 403 });
  await world.sluice([...EXPORT, "--out", out]);
  await Deno.remove(out);
  for (
    const [path, state] of [
      [out, "it is gone while its checkpoint is there"],
      [world.path("no/people"), "its folder is not there"],
    ] as const
  ) {
    const { code, err } = await world.sluice([...EXPORT, "--out", path]);
    assertEquals([code, err], [
      EXIT.input,
      `Error: Cannot use --out ${path}: ${state}, wanted the name of a new file\n`,
    ]);
  }
});

Deno.test("connections export ends with 3 on a full disk, and the same command goes on once there is room", async () => {
  await using world = await startWith(2);
  const out = world.path("people");
  const full = await world.sluice(EXPORT, {
    out: () => Promise.reject(new Error("No space left on device")),
  });
  assertEquals(full.code, EXIT.store);
  {
    using _disk = fullDisk();
    const { code, err } = await world.sluice([...EXPORT, "--out", out]);
    assertEquals(code, EXIT.store);
    // Of the two files, which one is met first depends on how the host writes.
    assertMatch(err, /Cannot write .*people.*: .*no space left on device/i);
  }
  const { code } = await world.sluice([...EXPORT, "--out", out]);
  assertEquals(code, EXIT.done);
  assertEquals(linesOf(await Deno.readTextFile(out)).length, 2);
});

Deno.test("connections export leaves no file behind whose checkpoint cannot be written", async () => {
  await using world = await startWith(1);
  // Its own name and that of the checkpoint fit, that of what the checkpoint is written to first does not.
  const out = world.path("p".repeat(240));
  const { code, err } = await world.sluice([...EXPORT, "--out", out]);
  assertEquals(code, EXIT.store);
  assertMatch(err, /Cannot write .*p\.checkpoint: .*name too long/i);
  await assertRejects(() => Deno.stat(out), Deno.errors.NotFound);
});

const CELLS: readonly (readonly [text: string, cell: string])[] = [
  ["=1+1", "'=1+1"],
  ["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
  ["-2+3", "'-2+3"],
  ["+1-2", "'+1-2"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ["\r=1", '"\'\r=1"'],
  ["＝1", "'＝1"],
  ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
  ["+49 (30) 1000001", "+49 (30) 1000001"],
  ["-5", "-5"],
  ["a=1", "a=1"],
];

for (const [text, cell] of CELLS) {
  Deno.test(`connections export --format csv writes ${JSON.stringify(text)} as what a spreadsheet does not compute`, async () => {
    await using world = await startWorld();
    await world.sandbox.connect({ displayName: text });
    const flags = [...EXPORT, "--format", "csv"];
    const { out } = await world.sluice(flags);
    assertStringIncludes(out, `con-1,usr-1,${cell},`);
    const kept = await world.sluice([...flags, "--keep-formulas"]);
    const quoted = /[",\r]/.test(text)
      ? `"${text.replaceAll('"', '""')}"`
      : text;
    assertStringIncludes(kept.out, `con-1,usr-1,${quoted},`);
  });
}

Deno.test("connections export --format csv obeys no names on a terminal, and keeps them in a file", async () => {
  await using world = await startWorld();
  await world.sandbox.connect({ displayName: "A\x1b[2J\nB" });
  const flags = [...EXPORT, "--format", "csv"];
  const shown = await world.sluice(flags, { outIsTerminal: true });
  assertStringIncludes(shown.out, '"A\ufffd[2J\nB"');
  assertMatch(shown.out, /\r\n$/);
  const { out } = await world.sluice(flags);
  assertStringIncludes(out, "A\x1b[2J");
});
