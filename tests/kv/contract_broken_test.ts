import { assert, assertEquals } from "@std/assert";
import {
  type KvChange,
  kvContract,
  type KvEntry,
  type KvStore,
} from "../../src/kv/contract.ts";
import { memoryKv } from "../../src/kv/memory.ts";

const LIMITS = {
  maxValueBytes: 1000,
  maxCommitBytes: 9000,
  maxMutations: 100,
  maxChecks: 5,
};

/** A store that is right but for what `broken` replaces. */
function storeWith(broken: (kv: KvStore) => Partial<KvStore>): KvStore {
  const kv = memoryKv({ limits: LIMITS });
  return {
    limits: kv.limits,
    get: (key) => kv.get(key),
    list: (range, options) => kv.list(range, options),
    commit: (change) => kv.commit(change),
    close: () => kv.close(),
    ...broken(kv),
  };
}

/** Passes each listed entry through `change`; `undefined` leaves it out. */
function listing(
  kv: KvStore,
  change: (entry: KvEntry<unknown>) => KvEntry<unknown> | undefined,
): Partial<KvStore> {
  return {
    async *list(range, options): AsyncGenerator<never> {
      for await (const entry of kv.list(range, options)) {
        const changed = change(entry);
        if (changed) yield changed as never;
      }
    },
  };
}

/** Passes each change on as `edit` makes it. */
function committing(
  kv: KvStore,
  edit: (change: KvChange) => KvChange,
): Partial<KvStore> {
  return { commit: (change) => kv.commit(edit(change)) };
}

const BROKEN: Record<string, (kv: KvStore) => Partial<KvStore>> = {
  "ignores checks": (kv) => committing(kv, (c) => ({ ...c, checks: [] })),
  "ignores all checks but the first": (kv) =>
    committing(kv, (c) => ({ ...c, checks: c.checks?.slice(0, 1) ?? [] })),
  "forgets deletes": (kv) => committing(kv, (c) => ({ ...c, deletes: [] })),
  "drops relaxed commits": (kv) =>
    committing(kv, (c) => c.relaxed ? { ...c, sets: [] } : c),
  "commits sets one by one": (kv) => ({
    async commit(change): ReturnType<KvStore["commit"]> {
      for (const set of change.sets ?? []) await kv.commit({ sets: [set] });
      return kv.commit(change);
    },
  }),
  "reads its input late": (kv) => ({
    async commit(change): ReturnType<KvStore["commit"]> {
      await Promise.resolve();
      return await kv.commit(change);
    },
  }),
  "throws when a check fails": (kv) => ({
    async commit(change): ReturnType<KvStore["commit"]> {
      const result = await kv.commit(change);
      if (!result.ok) throw new Error("conflict");
      return result;
    },
  }),
  "gives null for an absent key": (kv) => ({
    get: async (key) => await kv.get(key) ?? null as never,
  }),
  "gives entries without bytes": (kv) => ({
    async get(key): Promise<undefined> {
      const entry = await kv.get(key);
      const isBytes = entry?.value instanceof Uint8Array;
      return (isBytes ? { ...entry, value: {} } : entry) as undefined;
    },
  }),
  "lists in another order": (kv) => ({
    async *list(range, options): AsyncGenerator<never> {
      const all = await Array.fromAsync(kv.list(range));
      all.sort((a, b) =>
        JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1
      );
      yield* all.slice(0, options?.limit) as never[];
    },
  }),
  "lists its end too": (kv) => ({
    list: ({ end: _, ...range }, options) => kv.list(range, options),
  }),
  "ignores the limit": (kv) => ({
    list: (range, { reverse = false } = {}) => kv.list(range, { reverse }),
  }),
  "ignores reverse": (kv) => ({ list: (range) => kv.list(range) }),
  "lists old versions": (kv) =>
    listing(kv, (entry) => ({ ...entry, version: "0" })),
  "leaves out numbers": (kv) =>
    listing(kv, (entry) => entry.key[1] === 0 ? undefined : entry),
  "promises more than it takes": (kv) => ({
    limits: { ...kv.limits, maxValueBytes: 1001 },
  }),
  "promises less than it takes": (kv) => ({
    limits: { ...kv.limits, maxMutations: 50 },
  }),
  "stays open": () => ({ close: () => Promise.resolve() }),
  "cannot be closed twice": (kv) => {
    let isClosed = false;
    return {
      close(): Promise<void> {
        if (isClosed) return Promise.reject(new Error("closed"));
        isClosed = true;
        return kv.close();
      },
    };
  },
};

async function failuresOf(open: () => KvStore): Promise<string[]> {
  const failures: string[] = [];
  for (const check of kvContract(() => Promise.resolve(open()))) {
    await check.run().catch((error) => failures.push(error.message));
  }
  return failures;
}

for (const [name, broken] of Object.entries(BROKEN)) {
  Deno.test(`kvContract() notices a store that ${name}`, async () => {
    const failures = await failuresOf(() => storeWith(broken));
    assert(failures.length > 0);
  });
}

Deno.test("kvContract() finds nothing in a store that is right", async () => {
  assertEquals(await failuresOf(() => storeWith(() => ({}))), []);
});

Deno.test("kvContract() with reopen notices a store that forgets", async () => {
  const open = (): Promise<KvStore> => Promise.resolve(memoryKv());
  const named = kvContract(open, { reopen: open }).slice(-2);
  const messages: string[] = [];
  for (const check of named) {
    await check.run().catch((error) => messages.push(error.message));
  }
  assertEquals(messages.length, 2);
  assert(messages.every((text) => text.startsWith("Contract broken: ")));
});
