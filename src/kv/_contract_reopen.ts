import { keysOf, put, same, valueOf } from "./_contract_assert.ts";
import type { KvStore } from "./kv.ts";

/** A rule over a store that was closed and opened again. */
export type ReopenRule = (
  kv: KvStore,
  reopen: () => Promise<KvStore>,
) => Promise<void>;

/** What is there after opening again. */
export const REOPEN_RULES: Readonly<Record<string, ReopenRule>> = {
  async "a store opened again has every commit, relaxed ones too"(
    kv,
    reopen,
  ): Promise<void> {
    await put(kv, { key: ["json"], value: { a: [1] } });
    await put(kv, { key: ["bytes"], value: new Uint8Array([10, 0, 255]) });
    await put(kv, { key: ["gone"], value: true });
    await kv.commit({ deletes: [["gone"]], relaxed: true });
    const sets = [{ key: ["relaxed"], value: 1 }];
    const version = await kv.commit({ sets, relaxed: true });
    await kv.close();
    const again = await reopen();
    const keys = [["bytes"], ["json"], ["relaxed"]];
    same("keys", { got: await keysOf(again, { prefix: [] }), wanted: keys });
    same("JSON", { got: await valueOf(again, ["json"]), wanted: { a: [1] } });
    same("bytes", {
      got: await valueOf(again, ["bytes"]),
      wanted: new Uint8Array([10, 0, 255]),
    });
    const entry = await again.get(["relaxed"]);
    same("version", {
      got: entry?.version,
      wanted: version.ok && version.version,
    });
  },

  async "a store opened again gives no version a second time"(
    kv,
    reopen,
  ): Promise<void> {
    const versions = new Set([
      await put(kv, { key: ["a"], value: true }),
      await put(kv, { key: ["b"], value: true }),
    ]);
    await kv.commit({ deletes: [["a"], ["b"]] });
    await kv.close();
    const again = await reopen();
    versions.add(await put(again, { key: ["a"], value: true })).add(
      await put(again, { key: ["b"], value: true }),
    );
    same("distinct versions", { got: versions.size, wanted: 4 });
  },
};
