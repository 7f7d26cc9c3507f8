/**
 * The rules that every store keeps, as named checks without a test framework.
 *
 * Whoever writes a store of their own runs them: all parts of Sluice rest on these rules and on nothing else. They say
 * what a value gives back, in which order keys are walked, when a commit is refused, that it is all or nothing, what
 * happens at the limits that the store declares, and, with `reopen`, what is there after closing. They do not say what
 * survives a power cut: that is for the documentation of the store, and for crash tests.
 *
 * @example Run them with `Deno.test`
 * ```ts
 * import { memoryKv } from "@sluice/edge/kv";
 * import { kvContract } from "@sluice/edge/kv/contract";
 *
 * for (const check of kvContract(() => Promise.resolve(memoryKv()))) {
 *   Deno.test(check.name, () => check.run());
 * }
 * ```
 *
 * @module
 */
import type { Rule } from "./_contract_assert.ts";
import { COMMIT_RULES } from "./_contract_commits.ts";
import { LIMIT_RULES } from "./_contract_limits.ts";
import { ORDER_RULES } from "./_contract_order.ts";
import { REOPEN_RULES, type ReopenRule } from "./_contract_reopen.ts";
import { VALUE_RULES } from "./_contract_values.ts";
import type { KvStore } from "./kv.ts";

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

/** One rule of the port. */
export interface KvContractCheck {
  /** What the store does, as a sentence. */
  readonly name: string;
  /** Resolves when the store keeps the rule, else rejects with an `Error` that says what was wanted and what came. */
  run(): Promise<void>;
}

/** What {@linkcode kvContract} checks besides. */
export interface KvContractOptions {
  /** Opens what the last call of `open` opened and closed, for stores that outlive their closing. */
  readonly reopen?: () => Promise<KvStore>;
}

/**
 * Lists the rules of the storage port for a store, to be run one after the other.
 *
 * Each check opens an empty store, uses it and closes it. At the limits it stores what the store says it takes: with a
 * limit of 128 MiB that needs some hundreds of megabytes of memory for a moment. The limits must go together, so that
 * `maxCommitBytes` has room for `maxMutations` and `maxChecks` of small keys, and a commit for a hundred mutations.
 *
 * @example Count what a store does not keep
 * ```ts
 * import { memoryKv } from "@sluice/edge/kv";
 * import { kvContract } from "@sluice/edge/kv/contract";
 *
 * const limits = { maxValueBytes: 1_000, maxCommitBytes: 50_000, maxMutations: 100 };
 * let broken = 0;
 * for (const check of kvContract(() => Promise.resolve(memoryKv({ limits })))) {
 *   await check.run().catch(() => broken++);
 * }
 * console.log(broken); // 0
 * ```
 *
 * @param open Opens a store that is empty and that nothing else uses.
 * @param options How to open it again, where it persists.
 * @returns The checks.
 */
export function kvContract(
  open: () => Promise<KvStore>,
  options: KvContractOptions = {},
): readonly KvContractCheck[] {
  const { reopen } = options;
  const rules = { ...VALUE_RULES, ...COMMIT_RULES, ...ORDER_RULES };
  const checks = Object.entries({ ...rules, ...LIMIT_RULES })
    .map(([name, rule]) => ({ name, run: () => runRule(open, rule) }));
  if (reopen === undefined) return checks;
  const persistent = Object.entries(REOPEN_RULES).map(([name, rule]) => ({
    name,
    run: () => runReopenRule(open, reopen, rule),
  }));
  return [...checks, ...persistent];
}

async function runRule(
  open: () => Promise<KvStore>,
  rule: Rule,
): Promise<void> {
  const kv = await open();
  try {
    await rule(kv);
  } finally {
    await kv.close();
  }
}

async function runReopenRule(
  open: () => Promise<KvStore>,
  reopen: () => Promise<KvStore>,
  rule: ReopenRule,
): Promise<void> {
  const opened = [await open()];
  try {
    await rule(opened[0] as KvStore, async () => {
      const again = await reopen();
      opened.push(again);
      return again;
    });
  } finally {
    for (const kv of opened) await kv.close();
  }
}
