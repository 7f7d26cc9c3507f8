import type { SandboxChange, SandboxRow } from "./change.ts";
import { append, readChange, seal, type Sealed } from "./_draft.ts";
import type { State } from "./_state.ts";

// So many values are encrypted at once: enough for all cores, few enough for the memory of a large batch.
const AT_ONCE = 64;

/** Encrypts a change, appends it to the feed and lets it take effect on the person. */
export async function publish(
  state: State,
  change: SandboxChange,
): Promise<SandboxRow> {
  return append(state, await seal(state, readChange(state, change)));
}

/** Publishes many changes in their order; they are encrypted side by side and appended together. */
export async function publishMany(
  state: State,
  changes: Iterable<SandboxChange>,
): Promise<SandboxRow[]> {
  const drafts = Array.from(changes, (change) => readChange(state, change));
  const sealed: Sealed[] = [];
  for (let i = 0; i < drafts.length; i += AT_ONCE) {
    const part = drafts.slice(i, i + AT_ONCE);
    sealed.push(...await Promise.all(part.map((draft) => seal(state, draft))));
  }
  return sealed.map((one) => append(state, one));
}
