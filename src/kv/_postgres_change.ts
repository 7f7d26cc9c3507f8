import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import type { Mutation, PreparedChange, PreparedCheck } from "./_change.ts";
import { keyToBytes } from "./_postgres_key.ts";
import type { KvKey } from "./kv.ts";
import type { StoredValue } from "./_value.ts";

/** What one commit does with one key. */
interface Step {
  readonly key: KvKey;
  check?: string;
  mutation?: Mutation;
}

// Thirty years: longer is for ever.
const LONGEST_LIFETIME_MS = 1e12;
const ABSENT = "a";

/**
 * A change as the parameters of the commit function, or `undefined` when its checks cannot hold, whatever is stored.
 *
 * All are texts, with base64 and commas, as clients differ in what they make of arrays and bytes.
 */
export function commitParameters(change: PreparedChange): string[] | undefined {
  const steps = new Map<string, Step>();
  for (const { encoded, key, version } of change.checks) {
    const check = version ?? ABSENT;
    const known = steps.get(encoded)?.check ?? check;
    if (known !== check || !canHold({ version })) return undefined;
    steps.set(encoded, { key, check });
  }
  for (const mutation of change.mutations) {
    const { encoded, key } = mutation;
    steps.set(encoded, { ...steps.get(encoded), key, mutation });
  }
  // All commits lock their keys in the same order, so that none waits for one that waits for it.
  return columnsOf([...steps].toSorted(byKey).map(([, step]) => step));
}

function columnsOf(steps: readonly Step[]): string[] {
  const checked = steps.filter(({ check }) => check !== undefined);
  return [
    keysOf(steps),
    steps.map(({ mutation }) => letterOf(mutation)).join(""),
    steps.map(({ mutation }) => valueOf(mutation?.value)).join(),
    steps.map(({ mutation }) => lifetimeOf(mutation)).join(),
    keysOf(checked),
    checked.map(({ check }) => check).join(),
  ];
}

function keysOf(steps: readonly Step[]): string {
  return steps.map(({ key }) => toBase64(keyToBytes(key))).join();
}

function byKey([a]: [string, Step], [b]: [string, Step]): number {
  return a < b ? -1 : 1;
}

/** PostgreSQL gives nothing but positive whole numbers. */
function canHold({ version }: Pick<PreparedCheck, "version">): boolean {
  return version === null || /^[1-9][0-9]{0,18}$/.test(version);
}

function letterOf(mutation: Mutation | undefined): string {
  if (mutation === undefined) return "n";
  if (mutation.value === undefined) return "d";
  return typeof mutation.value === "string" ? "j" : "b";
}

function valueOf(value: StoredValue | undefined): string {
  if (value === undefined) return "";
  return toBase64(typeof value === "string" ? encodeUtf8(value) : value);
}

function lifetimeOf(mutation: Mutation | undefined): string {
  const { expireInMs = Infinity } = mutation ?? {};
  return expireInMs > LONGEST_LIFETIME_MS ? "" : String(Math.ceil(expireInMs));
}
