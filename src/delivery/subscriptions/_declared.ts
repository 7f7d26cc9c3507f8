import type { KvEntry, KvKey } from "../../kv/kv.ts";
import type { SenderParts } from "../_sender_parts.ts";

/** Where the subscription of a declaration is noted, and its id. */
export interface Declared {
  readonly key: KvKey;
  /** Absent when nothing is declared by that name. */
  readonly entry: KvEntry<string> | undefined;
}

/** Reads which subscription a declaration has. */
export async function readDeclared(
  { kv, keys }: Pick<SenderParts, "kv" | "keys">,
  name: string,
): Promise<Declared> {
  const key = [...keys.declared, name];
  return { key, entry: await kv.get<string>(key) };
}

/** The names of all declarations that have a subscription, in order. */
export async function declaredNames(
  { kv, keys }: Pick<SenderParts, "kv" | "keys">,
): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of kv.list({ prefix: keys.declared })) {
    names.push(String(key.at(-1)));
  }
  return names;
}
