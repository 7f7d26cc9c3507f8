import { assertGreater } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import { BACKENDS, openBackend } from "./_stores.ts";
import { deliveryCrashMatrix } from "./delivery_matrix.ts";

Deno.test("A sender in memory loses no event when the process dies at any commit", async () => {
  const crashes = await deliveryCrashMatrix(() =>
    Promise.resolve({ kv: memoryKv(), done: () => Promise.resolve() })
  );
  assertGreater(crashes, 50);
});

Deno.test("A sender whose commits are small loses no event when the process dies at any commit", async () => {
  const limits = {
    maxValueBytes: 4_000,
    maxCommitBytes: 20_000,
    maxMutations: 20,
  };
  const crashes = await deliveryCrashMatrix(() =>
    Promise.resolve({ kv: memoryKv({ limits }), done: () => Promise.resolve() })
  );
  assertGreater(crashes, 50);
});

for (const backend of BACKENDS) {
  Deno.test(`A sender on ${backend} loses no event when the process dies at any commit`, async () => {
    const crashes = await deliveryCrashMatrix(async () => {
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
