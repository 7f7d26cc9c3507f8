import { encodeUtf8, toHex } from "../_internal/bytes.ts";
import { type Hmac, hmacSha256 } from "../_internal/hmac.ts";
import type { SenderParts } from "./_sender_parts.ts";

type Parts = Pick<SenderParts, "kv" | "keys" | "seal">;

const KEY_BYTES = 32;
const NAME_BYTES = 16;
const CONTEXT = "lane names";

const hmacs = new WeakMap<Parts, Hmac>();

/**
 * The name of an entity's lane: who has the store alone can neither read nor guess from it which entity it is.
 *
 * @throws {DecryptError} When the key for the names was sealed with one that is not given.
 */
export async function laneName(sender: Parts, entity: string): Promise<string> {
  const hmac = hmacs.get(sender) ?? hmacSha256(await readKey(sender));
  hmacs.set(sender, hmac);
  const name = await hmac.sign(encodeUtf8(entity));
  return toHex(name.subarray(0, NAME_BYTES));
}

/** Seals the key for the names anew when an older sealing key has sealed it. */
export async function resealLaneKey(
  { kv, keys: { laneKey: key }, seal }: Parts,
): Promise<void> {
  const entry = await kv.get<Uint8Array>(key);
  if (!entry || seal.isCurrent(entry.value)) return;
  const value = await seal.seal(await seal.open(entry.value, CONTEXT), CONTEXT);
  // Who was faster has done the same.
  await kv.commit({
    checks: [{ key, version: entry.version }],
    sets: [{ key, value }],
  });
}

/** One key for all who use the store, for as long as the store lives: with another the order of an entity is lost. */
async function readKey(
  { kv, keys: { laneKey: key }, seal }: Parts,
): Promise<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const entry = await kv.get<Uint8Array>(key);
    if (entry) return await seal.open(entry.value, CONTEXT);
    const made = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    const value = await seal.seal(made, CONTEXT);
    const checks = [{ key, version: null }];
    if ((await kv.commit({ checks, sets: [{ key, value }] })).ok) return made;
  }
}
