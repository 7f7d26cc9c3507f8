import { encodeUtf8, toHex } from "../_internal/bytes.ts";
import { isObject, type JsonObject, text } from "../_internal/json.ts";
import { sha256 } from "../_internal/sha256.ts";
import { eventOf } from "./_change_fields.ts";

/**
 * Names the content of a delivery, the same each time that the platform sends it: SHA-256 over all of the row but its
 * `id`, which is new with every POST. `undefined` for a row without the time of its change: nothing would tell two
 * changes of one kind apart then, and the second must not be taken for the first.
 *
 * JSON and XML of the same row are the same, so scalars count as the text that XML makes of them, and all that is
 * empty counts as an empty text. The order of members does not count.
 */
export async function contentDigest(
  row: JsonObject,
  eventHeader: string | null,
): Promise<string | undefined> {
  if (text(row, "at") === null) return undefined;
  const { id: _, ...content } = row;
  const event = eventOf(row, eventHeader);
  const canonical = canonicalText({ ...content, event });
  return toHex(await sha256(encodeUtf8(canonical)));
}

// Calls itself only as deep as rows are allowed to be.
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return list(value.map(canonicalText), "[]");
  if (!isObject(value)) return JSON.stringify(String(value ?? ""));
  const names = Object.keys(value).sort();
  const members = names.map((name) =>
    `${JSON.stringify(name)}:${canonicalText(value[name])}`
  );
  return list(members, "{}");
}

function list(parts: readonly string[], brackets: string): string {
  if (parts.length === 0) return '""';
  return `${brackets[0]}${parts.join(",")}${brackets[1]}`;
}
