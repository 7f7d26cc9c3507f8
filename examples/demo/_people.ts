import type {
  Sandbox,
  SandboxChange,
  SandboxPerson,
} from "@sluice/edge/sandbox";

/** Ends every plaintext that is a text, so that one can look for it where it must not be. */
export const MARK = "sluice.example";

type Step = Omit<SandboxChange, "person">;

const FIRST = ["Ada", "Björn", "Chloé", "Dmitri", "Eda", "Femi", "Gül", "Hana"];
const LAST = ["Abel", "Brandt", "Costa", "Diaz", "Eriksen", "Fuchs", "Gomez"];
const STATUSES = ["delivered", "signed", "accepted", "cancelled"];

/** Connects people. Each of them has yet to answer whether the company may have the phone number. */
export async function connectPeople(
  sandbox: Sandbox,
  count: number,
): Promise<SandboxPerson[]> {
  const people = Array.from(
    { length: count },
    (_, n) =>
      sandbox.connect({ displayName: nameOf(n), pendingConsent: ["phone"] }),
  );
  return await Promise.all(people);
}

/** Ten changes for each person, as if all did the same things on the same days. */
export function planChanges(
  people: readonly SandboxPerson[],
): SandboxChange[] {
  const stories = people.map((person, n) =>
    storyOf(n).map((step): SandboxChange => ({ ...step, person }))
  );
  const days = Array.from({ length: 10 }, (_, day) => day);
  return days.flatMap((day) => stories.flatMap((story) => story[day] ?? []));
}

function storyOf(n: number): Step[] {
  return [
    { event: "connection_created" },
    updated("email", `person-${n}@${MARK}`),
    updated("address", addressOf(n)),
    updated("birth_date", dayOf(n)),
    leaves(n) ? updated("country", "PT") : updated("photo", photoOf(n)),
    { event: n % 3 ? "consent_accepted" : "consent_declined", slug: "phone" },
    furtherUpdate(n),
    {
      event: "document_status_changed",
      fields: { status: STATUSES[n % STATUSES.length] },
    },
    { event: "message_received", value: `Hello from ${nameOf(n)}, ${MARK}` },
    lastStep(n),
  ];
}

function furtherUpdate(n: number): Step {
  const updates = [
    updated("phone", `+4930${1_000_000 + n}`),
    updated("job_title", `Head of ${LAST[n % LAST.length]}, ${MARK}`),
    updated("member_since", dayOf(n + 9_000)),
    updated("bank", { iban: `DE00 ${n}`, holder: `${nameOf(n)}, ${MARK}` }),
    updated("email", `person-${n}-new@${MARK}`),
  ] as const;
  return updates[n % updates.length] ?? updates[0];
}

function lastStep(n: number): Step {
  const steps = [
    { event: "field_deleted", slug: "birth_date" },
    { event: "key_rotated" },
    { event: "connection_request_accepted" },
    { event: "connection_request_rejected" },
    { event: "2fa_challenge_completed", fields: { status: "denied" } },
  ] as const;
  const step = steps[n % steps.length] ?? steps[0];
  return leaves(n) ? { event: "connection_deleted" } : step;
}

/** One in eight goes away in the end; with the connection the platform would forget the photo too. */
function leaves(n: number): boolean {
  return n % 8 === 7;
}

function updated(
  slug: string,
  value: NonNullable<SandboxChange["value"]>,
): Step {
  return { event: "field_updated", slug, value };
}

function nameOf(n: number): string {
  return `${FIRST[n % FIRST.length]} ${LAST[n % LAST.length]}`;
}

function addressOf(n: number): Record<string, string> {
  return {
    street: `Rua do Arsenal ${n}, ${MARK}`,
    postal_code: String(1_000 + n),
    city: "Lisboa",
    country: "PT",
  };
}

function dayOf(n: number): string {
  return new Date(Date.UTC(1970, 0, 1 + 97 * n)).toISOString().slice(0, 10);
}

function photoOf(n: number): { photo: Uint8Array } {
  return { photo: new Uint8Array(2_000 + n).fill(n) };
}
