import { timeOfId } from "./_event.ts";
import type { SenderParts } from "./_sender_parts.ts";

// Long enough for nearly all events, and few rows to look through.
const NEAR_MS = 1_000;

/** Whether {@linkcode findEvent} finds an event of that time without a row that tells it. */
export function isNearId({ at, id }: { at: number; id: string }): boolean {
  const made = timeOfId(id);
  return made !== undefined && at >= made && at < made + NEAR_MS;
}

/** The time under which an event lies, while it is kept: told by a row of its own, or soon after its id was made. */
export async function findEvent(
  { kv, keys: { events, once } }: SenderParts,
  id: string,
): Promise<number | undefined> {
  const told = (await kv.get<number>([...once, id]))?.value;
  if (told !== undefined) {
    return await kv.get([...events, told, id, 0]) ? told : undefined;
  }
  const made = timeOfId(id);
  if (made === undefined) return undefined;
  const start = [...events, made];
  const end = [...events, made + NEAR_MS];
  for await (const { key } of kv.list({ prefix: events, start, end })) {
    const [at, event] = key.slice(-3) as [number, string];
    if (event === id) return at;
  }
  return undefined;
}
