import { assertEquals, assertThrows } from "@std/assert";
import { divertConsole } from "../../src/hono/_console.ts";
import { processHost } from "../../src/hono/_command_host.ts";

/** What is printed while the console is diverted. */
function printed(work: () => void): string[] {
  const lines: string[] = [];
  const restore = divertConsole((line) => void lines.push(line));
  try {
    work();
  } finally {
    restore();
  }
  return lines;
}

Deno.test("divertConsole() shows what has no JSON, and never throws into the handler", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const hostile = {
    toJSON(): never {
      throw new Error("no JSON");
    },
    toString(): never {
      throw new Error("no text either");
    },
  };
  assertEquals(
    printed(() => {
      console.log(1n, undefined, cycle, new RangeError("too far"));
      console.log("before", hostile, "behind");
    }),
    [
      "1 undefined [object Object] RangeError: too far",
      "before Something that cannot be shown behind",
    ],
  );
});

Deno.test("divertConsole() counts and times by label, and says nothing of a timer that was not started", () => {
  const lines = printed(() => {
    console.count();
    console.count("a");
    console.count();
    console.countReset();
    console.count();
    console.timeLog("never started");
    console.time("t");
    console.timeEnd("t");
    console.timeEnd("t");
  });
  assertEquals(lines.slice(0, 4), [
    "default: 1",
    "a: 1",
    "default: 2",
    "default: 1",
  ]);
  assertEquals(lines.slice(4).map((line) => line.replace(/\d+/, "n")), [
    "t: n ms",
  ]);
});

Deno.test("divertConsole() prints assertions that do not hold, and traces, dir and table", () => {
  assertEquals(
    printed(() => {
      console.assert(true, "unseen");
      console.assert(false, "seen");
      console.trace("here");
      console.dir({ a: 1 }, { depth: 1 });
      console.table([1]);
      console.groupEnd();
    }),
    ["Assertion failed: seen", "Trace: here", '{"a":1}', "[1]"],
  );
});

Deno.test("divertConsole() gives every function of console back", () => {
  const before = { ...console };
  printed(() => {});
  assertEquals({ ...console }, before);
});

Deno.test("processHost() wants a process or the option host", () => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "process");
  Reflect.deleteProperty(globalThis, "process");
  try {
    assertThrows(
      processHost,
      TypeError,
      "Cannot run a command: wanted a host with a process, or the option host",
    );
  } finally {
    if (descriptor) Object.defineProperty(globalThis, "process", descriptor);
  }
});
