import { assertGreater } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import { BACKENDS, openBackend } from "./_stores.ts";
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

for (const backend of BACKENDS) {
  Deno.test(`A spool on ${backend} loses nothing when the process dies at any commit`, async () => {
    const crashes = await crashMatrix(async () => {
      const dir = await Deno.makeTempDir();
      const kv = await openBackend(backend, dir);
      return {
        kv,
        async done(): Promise<void> {
          await kv.close();
          await Deno.remove(dir, { recursive: true });
        },
      };
    });
    assertGreater(crashes, 50);
  });
}
