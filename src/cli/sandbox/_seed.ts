import type {
  Sandbox,
  SandboxChange,
  SandboxPerson,
} from "../../sandbox/mod.ts";

const NAMES = ["Anna", "Björn", "Chiara", "Dmitri", "Esra", "Finn", "Grace"];

/** Connects people, and puts changes into the feed. */
export async function seed(
  platform: Sandbox,
  { people, changes }: { people: number; changes: number },
): Promise<void> {
  const connected: SandboxPerson[] = [];
  for (let i = 0; i < people; i++) {
    connected.push(await platform.connect(personNumber(i)));
  }
  await platform.publishMany(
    Array.from({ length: changes }, (_, i) => {
      const person = connected[i % connected.length];
      return { ...changeNumber(i), ...person && { person } };
    }),
  );
}

/** A change of an answer; the same number is the same change. */
export function changeNumber(number: number): SandboxChange {
  return number % 2 === 0
    ? {
      event: "field_updated",
      slug: "email",
      value: `person${number}@example.com`,
    }
    : { event: "field_updated", slug: "job_title", value: `Job ${number}` };
}

function personNumber(number: number): {
  displayName: string;
  values: Record<string, string | Record<string, string>>;
} {
  const name = NAMES[number % NAMES.length] ?? "Anna";
  const displayName = number < NAMES.length ? name : `${name} ${number}`;
  return {
    displayName,
    values: {
      email: `person${number}@example.com`,
      phone: `+49 30 ${1_000_000 + number}`,
      address: { street: `Main street ${number + 1}`, city: "Berlin" },
      birth_date: `19${50 + number % 50}-05-17`,
    },
  };
}
