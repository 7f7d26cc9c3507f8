import type { Stored } from "./_feed.ts";
import { filePathOf, putFile } from "./_files.ts";
import type { Person } from "./_people.ts";
import { encryptText } from "./_seal.ts";
import { slotIdOf, type State, timestamp } from "./_state.ts";
import { isFile, type Plaintext } from "./_values.ts";

/** What a row says of a value: the wrapper itself, or the path of the file that was put away for it. */
export async function valueMembers(
  state: State,
  at: { person: Person | undefined; slug: string; value: Plaintext },
): Promise<{ row: Record<string, unknown>; filePath?: string }> {
  const { person, slug, value } = at;
  if (!isFile(value)) {
    return { row: { value: await encryptText(state, value.text) } };
  }
  if (!person) {
    throw new TypeError("Cannot use a file: wanted a person who is connected");
  }
  await putFile(state, { person, slug, file: value });
  return { row: {}, filePath: filePathOf(person, slotIdOf(state, slug)) };
}

/** A value as `/connections` shows it. */
export async function valueEntry(
  state: State,
  at: { person: Person; slug: string; value: Plaintext; live: boolean },
): Promise<Stored> {
  const { row, filePath } = await valueMembers(state, at);
  const entry = { ...row, live: at.live, updatedAt: timestamp(state) };
  return filePath === undefined ? { row: entry } : { row: entry, filePath };
}
