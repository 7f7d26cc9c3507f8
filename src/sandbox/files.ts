import { fileKey, filePathOf } from "./_files.ts";
import type { Person } from "./_people.ts";
import type { SandboxPerson } from "./person.ts";
import { slotIdOf, type State, timestamp } from "./_state.ts";
import { valueEntry } from "./_value_members.ts";
import { isFile, readValue } from "./_values.ts";
import type { SandboxFile } from "./values.ts";

/** A file that a person gives, and for which field. */
export interface SandboxAddFile {
  /** The field. */
  slug: string;
  /** The file. */
  file: SandboxFile;
  /** Whether it is kept up to date from a source. Defaults to `true`. */
  live?: boolean;
}

/** Where a file is. */
export interface SandboxAddedFile {
  /** Id of the slot. */
  readonly slotId: string;
  /** URL of the file on the origin where the sandbox listens. */
  readonly valueUrl: string;
  /** What `X-Allus-Content-Sha256` says. */
  readonly contentSha256: string;
}

/** Puts a file into a slot of a connected person, without a change in the feed. */
export async function addFile(
  state: State,
  whom: SandboxPerson,
  options: SandboxAddFile,
): Promise<SandboxAddedFile> {
  const { slug, live = true } = options;
  const value = readValue(options.file);
  if (!isFile(value)) {
    throw new TypeError("Cannot add a file: wanted a photo or a document");
  }
  const person = connected(state, whom);
  const entry = await valueEntry(state, { person, slug, value, live });
  person.values.set(slug, entry);
  const slotId = slotIdOf(state, slug);
  return {
    slotId,
    valueUrl: state.origin + filePathOf(person, slotId),
    contentSha256: fileOf(state, person, slug).sha256,
  };
}

/** Lets a file run out as after 90 days: 410 from now on. */
export function expireFile(
  state: State,
  at: { person: SandboxPerson; slug: string },
): void {
  const { slug } = at;
  const person = connected(state, at.person);
  const file = fileOf(state, person, slug);
  const expiredAt = timestamp(state);
  file.expiredAt = expiredAt;
  const entry = person.values.get(slug);
  if (!entry) return;
  person.values.set(slug, {
    ...entry,
    row: {
      ...entry.row as object,
      content_sha256: file.sha256,
      expired: true,
      expired_at: expiredAt,
    },
  });
}

function connected(state: State, whom: SandboxPerson): Person {
  const person = state.people.withConnection(whom.connectionId);
  if (person) return person;
  throw new TypeError("Cannot use a file: wanted a person who is connected");
}

function fileOf(
  state: State,
  person: Person,
  slug: string,
): { sha256: string; expiredAt?: string } {
  const slotId = slotIdOf(state, slug);
  const file = state.files.get(fileKey(person.connectionId, slotId));
  if (file) return file;
  throw new TypeError(
    `Cannot use a file: there is none for ${JSON.stringify(slug)}`,
  );
}
