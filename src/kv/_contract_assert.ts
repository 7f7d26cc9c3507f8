import type { KvKey, KvListOptions, KvRange, KvSet, KvStore } from "./kv.ts";

/** A rule of the port: resolves when the store keeps it. */
export type Rule = (kv: KvStore) => Promise<void>;

/** Refuses a statement that does not hold. */
export function holds(statement: boolean, what: string): void {
  if (!statement) throw new Error(`Contract broken: ${what}`);
}

/** Refuses a value that differs from the wanted one; members of objects may come in any order. */
export function same(
  what: string,
  { got, wanted }: { got: unknown; wanted: unknown },
): void {
  if (isSame(got, wanted)) return;
  holds(false, `${what}: wanted ${show(wanted)}, got ${show(got)}`);
}

/** Refuses an action that does not fail with an error of that name. */
export async function fails(
  what: string,
  { error, action }: {
    error: "TypeError" | "RangeError" | "KvError";
    action: () => Promise<unknown>;
  },
): Promise<void> {
  let got = "no error";
  try {
    await action();
  } catch (thrown) {
    got = thrown instanceof Error ? thrown.name : typeof thrown;
  }
  holds(got === error, `${what}: wanted ${error}, got ${got}`);
}

/** The keys of a range, in the order of the walk. */
export async function keysOf(
  kv: KvStore,
  range: KvRange,
  options?: KvListOptions,
): Promise<KvKey[]> {
  const keys: KvKey[] = [];
  for await (const { key } of kv.list(range, options)) keys.push(key);
  return keys;
}

/** Stores one value and gives its version. */
export async function put(kv: KvStore, set: KvSet): Promise<string> {
  const result = await kv.commit({ sets: [set] });
  if (result.ok) return result.version;
  throw new Error("Contract broken: a commit without checks gave ok: false");
}

/** The value of a key, `undefined` when it is absent. */
export async function valueOf(kv: KvStore, key: KvKey): Promise<unknown> {
  return (await kv.get(key))?.value;
}

function isSame(a: unknown, b: unknown): boolean {
  const isPlain = typeof a !== "object" || typeof b !== "object" ||
    a === null || b === null;
  if (isPlain) return Object.is(a, b);
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return isSameBytes(a, b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [Object.entries(a), new Map(Object.entries(b))];
  return x.length === y.size &&
    x.every(([name, member]) => y.has(name) && isSame(member, y.get(name)));
}

function isSameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return false;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
