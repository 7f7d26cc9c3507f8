import { fromBase64 } from "../_internal/base64.ts";
import { type Bytes, tryDecodeUtf8 } from "../_internal/bytes.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
  text,
} from "../_internal/json.ts";
import { DecryptError } from "../errors.ts";
import { matchesSha256 } from "./_digest.ts";
import { asBoolean } from "./_wire.ts";
import { XmlError } from "./_xml_error.ts";
import { parseXml } from "./xml.ts";

/** The plaintext of a binary value: the file itself, or the JSON text of the envelope around it. */
export type FileContent = { readonly body: Bytes } | {
  readonly envelope: string;
};

const DATA_URL_MARK = "base64,";

/**
 * Tells by the media type alone whether an answer wraps the file: no type, or one that is JSON or XML. Only whole words
 * count, because `application/vnd.openxmlformats-officedocument…` is a Word file; and an image is one, `svg+xml` too.
 */
export function isWrapped(contentType: string | null): boolean {
  const [type = ""] = (contentType ?? "").toLowerCase().split(";");
  if (type.trim() === "") return true;
  return !type.trim().startsWith("image/") && /\b(?:json|xml)\b/.test(type);
}

/** Refuses a body that is not what the platform's digest was made of. */
export async function checkDigest(body: Bytes, digest: string): Promise<void> {
  if (await matchesSha256(body, digest)) return;
  throw new DecryptError(
    'Cannot read the file: its SHA-256 digest does not match "X-Allus-Content-Sha256"',
  );
}

/** Opens the answer `{encrypted, value: <wrapper>}`, or a bare wrapper, in JSON or XML; resolves with the envelope. */
export async function openWrapped(
  body: Bytes,
  decrypt: (wrapper: unknown) => Promise<string>,
): Promise<string> {
  const answer = await parseAnswer(body);
  if (answer === undefined) {
    throw new DecryptError(
      "Cannot read the file: the answer is not an object in JSON or XML",
    );
  }
  if (!Object.hasOwn(answer, "value")) return await decrypt(answer);
  const value = member(answer, "value");
  const isPlain = asBoolean(member(answer, "encrypted")) === false;
  return isPlain && typeof value === "string" ? value : await decrypt(value);
}

/** The envelope as an object. */
export function parseEnvelope(envelope: string): JsonObject {
  const object = parseJson(envelope);
  if (isObject(object)) return object;
  throw new DecryptError(
    "Cannot read the file: the decrypted text is not a JSON object",
  );
}

/** The file in an envelope: `full` of a photo, else `file` of a document. */
export function fileOf(envelope: JsonObject): Bytes {
  const url = text(envelope, "full") ?? text(envelope, "file") ?? "";
  const start = url.indexOf(DATA_URL_MARK);
  const bytes = start === -1
    ? undefined
    : fromBase64(url.slice(start + DATA_URL_MARK.length));
  if (bytes) return bytes;
  throw new DecryptError(
    'Cannot read the file: the envelope holds no base64 data URL in "full" or "file"',
  );
}

async function parseAnswer(body: Bytes): Promise<JsonObject | undefined> {
  const source = tryDecodeUtf8(body);
  if (source === undefined) return undefined;
  // The length was bounded by whoever fetched it.
  const answer = /^\ufeff?\s*</.test(source)
    ? await parseXmlOrUndefined(source)
    : parseJson(source);
  return isObject(answer) ? answer : undefined;
}

async function parseXmlOrUndefined(source: string): Promise<unknown> {
  try {
    return await parseXml(source, { maxBytes: source.length });
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}
