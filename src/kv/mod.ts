/**
 * The storage port, the store for tests and throwaway runs, and which store to choose.
 *
 * ### Which store?
 *
 * | | `memoryKv` | `fsKv` | `denoKv`, local file | `denoKv`, Deno Deploy | `durableObjectKv` | `postgresKv` |
 * |---|---|---|---|---|---|---|
 * | runs on | everything | Deno, Node, Bun with a disk of their own | Deno, Node | Deno Deploy, or from outside by URL | Cloudflare Workers | everything that has a client: Deno, Node, Workers |
 * | the process dies | all is gone | every commit is there | every commit is there | every commit is there | every commit is there | every commit is there |
 * | the power fails | all is gone | every commit but `relaxed` ones | every commit | every commit | every commit | every commit, unless `synchronous_commit` is `off` |
 * | the machine or its disk is lost | all is gone | all is gone | all is gone | nothing: a quorum has it | nothing: the platform confirms replicas | what the replicas have: all, when they are synchronous |
 * | processes at once | one | one, the folder is locked | several on one machine | any number | one instance of the object | any number |
 * | region of the data | the process | the machine | the machine | writes go to the east of the US | the object's jurisdiction, which may be the EU | where your server is |
 * | largest value, commit | 64 MiB, 128 MiB | 64 MiB, 128 MiB | 65 kB, 768 kB | 65 kB, 768 kB | 1 MiB, 8 MiB | 4 MiB, 16 MiB |
 * | a commit waits for | nothing | one write and fsync, shared by commits at once | one fsync | one round trip to the quorum | one confirmation | one round trip and the server's fsync |
 * | an event through a spool | nothing | part of an fsync for the append, part of one for the acknowledgements | the same, each of its own | two round trips | two confirmations | two round trips |
 *
 * The last line is for one event in a segment of its own and an `ackWindow` of 1. Appends that come together share a
 * commit, a page of the feed is one segment, and `ackWindow` acknowledgements share one: an event of a page of 500 with
 * an `ackWindow` of 64 costs a fiftieth of a round trip. A run has some five more, for its lease and its reads.
 *
 * - Tests, and runs whose loss does no harm: `memoryKv`.
 * - One process on one machine, a script or a service: `fsKv`. It is the fastest that is durable.
 * - Several processes on one machine, without a server: `denoKv` with a local file.
 * - Deno Deploy, where the US is no obstacle: `denoKv`. What is stored is what arrived, which is encrypted, with ids,
 *   names of events and times in the clear.
 * - Deno Deploy with data in Europe, several machines, or an application that has a PostgreSQL: `postgresKv`. Take a
 *   server in the region of the instances, as each commit waits for it.
 * - Cloudflare Workers: `durableObjectKv`, or `postgresKv` through Hyperdrive where a database is there anyway.
 *
 * Whatever survives, a spool delivers at least once: what was in hand when a process died comes again, with the same
 * id.
 *
 * @example Commit on condition that a key is absent
 * ```ts
 * import { memoryKv } from "@sluice/edge/kv";
 *
 * const kv = memoryKv();
 * const result = await kv.commit({
 *   checks: [{ key: ["user", 1], version: null }],
 *   sets: [{ key: ["user", 1], value: { name: "Anna" } }],
 * });
 * console.log(result.ok); // true
 * await kv.close();
 * ```
 *
 * @module
 */
export { keyBytes, valueBytes } from "./measure.ts";
export { memoryKv, type MemoryKvOptions } from "./memory.ts";
export type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvSet,
  KvStore,
} from "./kv.ts";
