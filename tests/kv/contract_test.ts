import { join } from "@std/path";
import { kvContract, type KvStore } from "../../src/kv/contract.ts";
import { denoKv } from "../../src/kv/deno.ts";
import { fsKv } from "../../src/kv/fs.ts";
import { memoryKv } from "../../src/kv/memory.ts";

interface Backend {
  open(dir: string): Promise<KvStore>;
  persists: boolean;
  /** Leaves out the limits, which are those of another backend here, as they move hundreds of megabytes. */
  skipsLimits?: boolean;
}

const BACKENDS: Record<string, Backend> = {
  "memoryKv()": { open: () => Promise.resolve(memoryKv()), persists: false },
  "memoryKv() with small limits": {
    open: () =>
      Promise.resolve(memoryKv({
        limits: {
          maxValueBytes: 1000,
          maxCommitBytes: 9_000,
          maxMutations: 100,
          maxChecks: 3,
        },
      })),
    persists: false,
  },
  "fsKv()": { open: (dir) => fsKv(dir), persists: true },
  "fsKv() that compacts all the time": {
    open: (dir) => fsKv(dir, { compactAtBytes: 64 }),
    persists: true,
    skipsLimits: true,
  },
  "denoKv() in a file": {
    open: async (dir) =>
      denoKv(await Deno.openKv(join(dir, "kv")), { closeHandle: true }),
    persists: true,
  },
  "denoKv() in memory": {
    open: async () =>
      denoKv(await Deno.openKv(":memory:"), { closeHandle: true }),
    persists: false,
  },
};

for (
  const [name, { open, persists, skipsLimits }] of Object.entries(BACKENDS)
) {
  let dir = "";
  const fresh = async (): Promise<KvStore> => {
    dir = await Deno.makeTempDir();
    return await open(dir);
  };
  const reopen = (): Promise<KvStore> => open(dir);
  for (const check of kvContract(fresh, persists ? { reopen } : {})) {
    if (skipsLimits && / max[A-Z]/.test(check.name)) continue;
    Deno.test(`${name}: ${check.name}`, async () => {
      try {
        await check.run();
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    });
  }
}
