import type { Stored } from "./_feed.ts";
import type { Person } from "./_people.ts";
import { nextId, type State, timestamp } from "./_state.ts";

/** What an event does to the person it is about, once it is in the feed. */
export interface EventEffect {
  readonly state: State;
  readonly person: Person;
  readonly slug: string | undefined;
  readonly stored: Stored;
}

/** What the sandbox knows of one kind of change. */
export interface EventKind {
  /** Whether the row has to name a slug. */
  readonly hasSlug?: true;
  /** Where the wrapper of the given value goes: a field's value (or its file), or the body of a message. */
  readonly carries?: "value" | "body";
  /** The fields that such a row has besides the common ones. */
  readonly fields?: (
    state: State,
    person: Person | undefined,
  ) => Promise<Record<string, unknown>>;
  readonly apply?: (effect: EventEffect) => void;
}

const EVENTS: Readonly<Record<string, EventKind>> = Object.freeze(
  Object.assign(
    Object.create(null),
    {
      connection_deleted: {
        apply: ({ state, person }) => state.people.remove(person),
      },
      field_updated: { hasSlug: true, carries: "value", apply: storeValue },
      field_deleted: {
        hasSlug: true,
        apply: ({ person, slug = "" }) => void person.values.delete(slug),
      },
      consent_accepted: { hasSlug: true, apply: settleConsent },
      consent_declined: { hasSlug: true, apply: settleConsent },
      document_status_changed: {
        fields: (state) =>
          Promise.resolve({
            document_id: nextId(state, "doc"),
            status: "active",
          }),
      },
      connection_request_accepted: { fields: requestFields },
      connection_request_rejected: { fields: requestFields },
      key_rotated: { fields: keyFields },
      "2fa_challenge_completed": {
        fields: (state) =>
          Promise.resolve({
            status: "approved",
            challenge_id: nextId(state, "challenge"),
            completed_at: timestamp(state),
          }),
      },
      message_received: { carries: "body", fields: messageFields },
    } satisfies Record<string, EventKind>,
  ),
);

/** What is known of an event; nothing is of one that the platform does not have. */
export function eventKind(event: string): EventKind {
  return EVENTS[event] ?? {};
}

function storeValue({ state, person, slug = "", stored }: EventEffect): void {
  const { value, live } = stored.row as Record<string, unknown>;
  const entry = { live, updatedAt: timestamp(state) };
  person.values.set(
    slug,
    stored.filePath
      ? { row: entry, filePath: stored.filePath }
      : { row: { value, ...entry } },
  );
}

function settleConsent({ person, slug = "" }: EventEffect): void {
  person.pendingConsent.delete(slug);
}

function requestFields(state: State): Promise<Record<string, unknown>> {
  return Promise.resolve({ request_id: nextId(state, "req") });
}

async function messageFields(
  state: State,
  person: Person | undefined,
): Promise<Record<string, unknown>> {
  return {
    connection_id: person?.connectionId ?? null,
    message_id: nextId(state, "msg"),
    person_public_key: (await state.keys.personKey()).text,
    created_at: timestamp(state),
  };
}

async function keyFields(state: State): Promise<Record<string, unknown>> {
  return { public_key_sha256: (await state.keys.personKey()).sha256 };
}
