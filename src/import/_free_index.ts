import type { JsonObject } from "../_internal/json.ts";
import type { Feed } from "./_take_over.ts";

/**
 * The first index from the number of the file on that no other dead letter has.
 *
 * Two files may have the same number, as two folders count for themselves. One that was imported before, by a call
 * that did not get to move its file, is found by what it holds.
 */
export async function freeIndex(
  spool: Feed["spool"],
  letter: { readonly number: number; readonly event: JsonObject },
): Promise<number> {
  const text = JSON.stringify(letter.event);
  for (let index = letter.number;; index++) {
    const there = await importedAt(spool, index);
    if (there === undefined || there === text) return index;
  }
}

/** The text of the imported dead letter with that index, if there is one. */
async function importedAt(
  spool: Feed["spool"],
  index: number,
): Promise<string | undefined> {
  const before = index === 0 ? {} : { after: idOf(index - 1) };
  for await (
    const { id, value } of spool.deadLetters({ limit: 1, ...before })
  ) {
    if (id !== idOf(index)) return undefined;
    return "row" in value ? JSON.stringify(value.row) : "";
  }
  return undefined;
}

/** How the spool names what was brought in from elsewhere. */
function idOf(index: number): string {
  return `-1.${index}`;
}
