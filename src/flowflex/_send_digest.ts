import { encodeUtf8, toHex } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";
import { contentDigest } from "./_content_digest.ts";
import type { SendIdentity } from "./_resume.ts";
import type { BodyShape } from "./client_options.ts";
import { type FileRef, sourceOf } from "./file.ts";

/** Names what is sent: the event with its key, shape and payload, what is said of its files, and bytes in memory. */
export async function digestOf(
  { event, idempotencyKey, plan: { json, slots, files } }: SendIdentity,
  bodyShape: BodyShape,
): Promise<string> {
  const told: unknown[] = [];
  for (const ref of files) told.push(await fileFacts(ref));
  const text = JSON.stringify(
    [event, idempotencyKey, bodyShape, json, slots, told],
  );
  return toHex(await sha256(encodeUtf8(text)));
}

// The length that was declared, not that on the disk: a file that cannot be read now may be there for the next attempt.
async function fileFacts(ref: FileRef): Promise<unknown[]> {
  const { filename, mime, size = null } = ref;
  const { blob } = sourceOf(ref);
  // Why it cannot be read is told by the upload.
  const content = blob
    ? await contentDigest(blob.stream()).catch(() => null)
    : null;
  return [filename, mime, size, content];
}
