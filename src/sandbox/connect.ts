import { createPerson, idsOf } from "./_create_person.ts";
import type { SandboxConnectOptions, SandboxPerson } from "./person.ts";
import { publish } from "./publish.ts";
import type { State } from "./_state.ts";
import { valueEntry } from "./_value_members.ts";
import { readValue } from "./_values.ts";

/** Connects a person. The connection is listed once all its values are encrypted. */
export async function connect(
  state: State,
  options: SandboxConnectOptions = {},
): Promise<SandboxPerson> {
  const { live = true, emit = false } = options;
  const values = Object.entries(options.values ?? {})
    .map(([slug, value]) => [slug, readValue(value)] as const);
  const person = createPerson(state, options);
  const entries = await Promise.all(
    values.map(async ([slug, value]) => {
      const entry = await valueEntry(state, { person, slug, value, live });
      return [slug, entry] as const;
    }),
  );
  for (const [slug, entry] of entries) person.values.set(slug, entry);
  state.people.add(person);
  const ids = idsOf(person);
  if (emit) await publish(state, { event: "connection_created", person: ids });
  return ids;
}
