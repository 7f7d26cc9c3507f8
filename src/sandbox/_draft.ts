import type { SandboxChange, SandboxRow } from "./change.ts";
import { createPerson } from "./_create_person.ts";
import { type EventKind, eventKind } from "./_events.ts";
import { type Stored, wireRow } from "./_feed.ts";
import type { Person } from "./_people.ts";
import type { SandboxPerson } from "./person.ts";
import { feedOf, nextId, type State, timestamp } from "./_state.ts";
import { encryptText } from "./_seal.ts";
import { valueMembers } from "./_value_members.ts";
import { isFile, type Plaintext, readValue } from "./_values.ts";

/** A change that was read once: nothing of the caller's is looked at again. */
export interface Draft {
  readonly kind: EventKind;
  readonly person: Person | undefined;
  readonly head: Readonly<Record<string, unknown>>;
  readonly slug: string | undefined;
  readonly value: Plaintext | undefined;
  readonly at: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly webhookId: string | undefined;
}

/** A change whose row is finished, its value encrypted. */
export interface Sealed {
  readonly draft: Draft;
  readonly stored: Stored;
}

/** Checks a change and copies it. */
export function readChange(state: State, change: SandboxChange): Draft {
  const { event, slug, live, person: whom } = change;
  const kind = eventKind(event);
  if (kind.hasSlug && !slug) refuse(event, "wanted 'slug'");
  const value = change.value === undefined
    ? undefined
    : readValue(change.value);
  if (kind.carries === "value" && !value) refuse(event, "wanted 'value'");
  const person = personOf(state, whom);
  if (value && isFile(value) && !person) {
    refuse(event, "a file needs a 'person' who is connected");
  }
  return {
    kind,
    person,
    head: {
      id: change.id ?? nextId(state, "chg"),
      event,
      ...personMembers(person ?? whom),
      slug,
      live: live ?? (kind.carries === "value" ? true : undefined),
    },
    slug,
    value,
    at: change.at ?? timestamp(state),
    fields: { ...change.fields },
    webhookId: change.webhookId,
  };
}

/** Encrypts what the row carries. */
export async function seal(state: State, draft: Draft): Promise<Sealed> {
  const { kind, person, head, at, fields } = draft;
  const own = await kind.fields?.(state, person);
  const { row: value, filePath } = await carried(state, draft);
  const members = { ...head, ...own, at, ...value, ...fields };
  const present = Object.entries(members).filter(([, m]) => m !== undefined);
  const row = Object.fromEntries(present);
  return {
    draft,
    stored: filePath === undefined ? { row } : { row, filePath },
  };
}

/** Puts the row into its feed and lets the change take effect. */
export function append(state: State, sealed: Sealed): SandboxRow {
  feedOf(state, sealed.draft.webhookId).push(sealed.stored);
  return takeEffect(state, sealed);
}

/** Lets the change take effect on its person, and gives the row as the wire shows it. */
export function takeEffect(
  state: State,
  { draft, stored }: Sealed,
): SandboxRow {
  const { kind, person, slug } = draft;
  if (person) kind.apply?.({ state, person, slug, stored });
  return wireRow(stored, state.origin) as SandboxRow;
}

async function carried(
  state: State,
  draft: Draft,
): Promise<{ row: Record<string, unknown>; filePath?: string }> {
  const { kind, person, slug, value } = draft;
  if (!value) return { row: {} };
  if (kind.carries === "body") {
    return { row: { body: await encryptText(state, value.text) } };
  }
  return await valueMembers(state, { person, slug: slug ?? "", value });
}

function personOf(
  state: State,
  whom: SandboxChange["person"],
): Person | undefined {
  if (typeof whom === "string") return state.people.withUser(whom);
  if (whom) return state.people.withUser(whom.userId);
  const newest = state.people.newest;
  if (newest) return newest;
  const person = createPerson(state);
  state.people.add(person);
  return person;
}

function personMembers(
  whom: Person | SandboxPerson | string | undefined,
): Record<string, unknown> {
  if (typeof whom !== "object") {
    return { person_user_id: whom ?? null, share_code: null };
  }
  return {
    person_user_id: whom.userId,
    share_code: whom.shareCode,
    customer_type: "customerType" in whom ? whom.customerType : undefined,
  };
}

function refuse(event: string, wanted: string): never {
  throw new TypeError(`Cannot publish ${event}: ${wanted}`);
}
