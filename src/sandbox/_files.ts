import { encodeUtf8 } from "../_internal/bytes.ts";
import { sha256Hex } from "./_digest.ts";
import type { Person } from "./_people.ts";
import { encryptText } from "./_seal.ts";
import { slotIdOf, type State, type StoredFile } from "./_state.ts";
import type { FilePlaintext } from "./_values.ts";

/** Name of a slot of a person among the files. */
export function fileKey(connectionId: string, slotId: string): string {
  return `${connectionId}/${slotId}`;
}

/** Path of the file endpoint for a slot of a person. */
export function filePathOf(person: Person, slotId: string): string {
  const connection = encodeURIComponent(person.connectionId);
  return `/api/company-data/connections/${connection}/slots/${slotId}/file`;
}

/** Puts a file into a slot, in place of what was there. */
export async function putFile(
  state: State,
  at: { person: Person; slug: string; file: FilePlaintext },
): Promise<StoredFile> {
  const { person, slug, file } = at;
  const stored = await served(state, file);
  const key = fileKey(person.connectionId, slotIdOf(state, slug));
  state.files.set(key, stored);
  return stored;
}

/** The artifact as the endpoint will serve it, with the digest of that artifact. */
async function served(state: State, file: FilePlaintext): Promise<StoredFile> {
  const { shape, text, bytes, mimeType, contentSha256 } = file;
  if (shape === "plain") {
    const sha256 = contentSha256 ?? await sha256Hex(bytes);
    return { sha256, content: bytes, mimeType };
  }
  const value = shape === "envelope" ? text : await encryptText(state, text);
  const artifact = typeof value === "string" ? value : JSON.stringify(value);
  return {
    sha256: contentSha256 ?? await sha256Hex(encodeUtf8(artifact)),
    content: { encrypted: shape === "encrypted", value },
    mimeType,
  };
}
