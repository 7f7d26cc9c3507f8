import { assertGreater } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import { crashMatrix } from "./spool_matrix.ts";

Deno.test("A spool in memory loses nothing when the process dies at any commit", async () => {
  const crashes = await crashMatrix(() =>
    Promise.resolve({ kv: memoryKv(), done: () => Promise.resolve() })
  );
  assertGreater(crashes, 50);
});

Deno.test("A spool whose payloads must be written in chunks loses nothing when the process dies at any commit", async () => {
  const limits = {
    maxValueBytes: 256,
    maxCommitBytes: 2_000,
    maxMutations: 40,
  };
  const crashes = await crashMatrix(() =>
    Promise.resolve({ kv: memoryKv({ limits }), done: () => Promise.resolve() })
  );
  assertGreater(crashes, 70);
});
