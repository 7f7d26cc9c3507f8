import type { Person } from "./_people.ts";
import type { SandboxConnectOptions, SandboxPerson } from "./person.ts";
import { nextId, type State, timestamp } from "./_state.ts";

/** Makes the person that a connection stands for; it is not listed yet. */
export function createPerson(
  state: State,
  options: SandboxConnectOptions = {},
): Person {
  const raw = Object.entries(options.rawValues ?? {});
  const connectionId = options.connectionId ?? nextId(state, "con");
  if (state.people.withConnection(connectionId)) {
    throw new TypeError(
      `Cannot connect: connectionId ${JSON.stringify(connectionId)} is taken`,
    );
  }
  return {
    serial: state.next("person"),
    connectionId,
    userId: options.userId ?? nextId(state, "usr"),
    shareCode: options.shareCode ?? nextShareCode(state),
    displayName: options.displayName ?? null,
    connectedAt: timestamp(state),
    customerType: options.customerType,
    extra: { ...options.extra },
    values: new Map(raw.map(([slug, row]) => [slug, { row }])),
    pendingConsent: new Set(options.pendingConsent),
  };
}

/** Only the ids of a person. */
export function idsOf(person: Person): SandboxPerson {
  const { connectionId, userId, shareCode } = person;
  return { connectionId, userId, shareCode };
}

function nextShareCode(state: State): string {
  return `SBX${
    state.next("share").toString(36).toUpperCase().padStart(4, "0")
  }`;
}
