import { assert, assertEquals, assertRejects } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { Draft } from "../../src/delivery/run/_draft.ts";
import { Ledger } from "../../src/delivery/run/_ledger.ts";
import type { KvChange } from "../../src/kv/kv.ts";
import { keyBytes as bytesOfKey } from "../../src/kv/measure.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { Lease } from "../../src/spool/lease.ts";

function ledgerOver(
  commit: (change: KvChange) => Promise<void>,
  limits = {},
): Ledger {
  const lease: Lease = {
    signal: new AbortController().signal,
    commit,
    release: () => Promise.resolve(),
  };
  return new Ledger(memoryKv({ limits }), lease);
}

Deno.test("Ledger.write() commits nothing any more once a commit has failed", async () => {
  let commits = 0;
  const ledger = ledgerOver(() => {
    commits++;
    return Promise.reject(new KvError("Cannot commit: planted"));
  });
  const first = ledger.write(new Draft().set(["a"], 1));
  await assertRejects(() => first, KvError, "planted");
  await assertRejects(() => ledger.write(new Draft().set(["b"], 1)), KvError);
  await assertRejects(() => ledger.flush(), KvError);
  assertEquals(commits, 1);
});

Deno.test("Ledger.write() puts no more bytes of keys into one commit than Deno KV takes", async () => {
  const keyBytes: number[] = [];
  const ledger = ledgerOver(({ sets = [] }) => {
    keyBytes.push(sets.reduce((sum, { key }) => sum + bytesOfKey(key), 0));
    return Promise.resolve();
  });
  const written = Array.from(
    { length: 100 },
    (_, i) => ledger.write(new Draft().set(["é".repeat(900), i], 1)),
  );
  await Promise.all(written);
  assertEquals(keyBytes.reduce((sum, bytes) => sum + bytes), 100 * 1811);
  assert(Math.max(...keyBytes) <= 65_536, `${keyBytes}`);
});

Deno.test("Ledger.write() shares commits, keeps the order, and lets the last write of a key count", async () => {
  const changes: KvChange[] = [];
  const ledger = ledgerOver((change) => {
    changes.push(change);
    return new Promise((resolve) => setTimeout(resolve, 1));
  });
  const written = [
    ledger.write(new Draft().set(["a"], 1)),
    ledger.write(new Draft().delete(["a"]).set(["b"], 1)),
  ];
  await Promise.resolve();
  await Promise.resolve();
  written.push(ledger.write(new Draft().set(["b"], 2)));
  written.push(ledger.write(new Draft().set(["c"], 3)));
  assertEquals(await ledger.get(["b"]), 2);
  assertEquals(await ledger.get(["a"]), undefined);
  await Promise.all(written);
  assertEquals(changes.map(({ sets, deletes }) => [sets, deletes]), [
    [[{ key: ["b"], value: 1 }], [["a"]]],
    [[{ key: ["b"], value: 2 }, { key: ["c"], value: 3 }], []],
  ]);
});

Deno.test("Ledger.write() keeps each draft whole and each commit within the limits of the store", async () => {
  const sizes: number[] = [];
  const ledger = ledgerOver((change) => {
    sizes.push((change.sets?.length ?? 0) + (change.deletes?.length ?? 0));
    return Promise.resolve();
  }, { maxMutations: 5, maxChecks: 1 });
  const draft = (n: number): Draft =>
    new Draft().set(["a", n], 1).set(["b", n], 1).delete(["c", n]);
  await Promise.all([0, 1, 2].map((n) => ledger.write(draft(n))));
  assertEquals(sizes, [3, 3, 3]);
});
