import { denoKv } from "../../src/kv/deno.ts";
import { fsKv } from "../../src/kv/fs.ts";
import type { KvStore } from "../../src/kv/kv.ts";

/** The stores that outlive a process. */
export type Backend = "fs" | "deno";

/** The backends that these tests run on. */
export const BACKENDS: readonly Backend[] = ["fs", "deno"];

/** Opens the store of a backend in a folder. */
export async function openBackend(
  backend: Backend,
  dir: string,
): Promise<KvStore> {
  if (backend === "fs") return await fsKv(`${dir}/store`);
  return denoKv(await Deno.openKv(`${dir}/kv.sqlite`), { closeHandle: true });
}
