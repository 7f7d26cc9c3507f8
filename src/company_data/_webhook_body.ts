import { type Bytes, decodeUtf8 } from "../_internal/bytes.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
} from "../_internal/json.ts";
import { decryptEnvelope } from "../crypto/mod.ts";
import { DecryptError, WebhookError } from "../errors.ts";
import { XmlError } from "./_xml_error.ts";
import { parseXml } from "./xml.ts";

/** Opens the company's key for the envelope around a delivery. */
export type AccountKey = () => Promise<CryptoKey>;

// Deeper than any change, and shallow enough for code that follows objects by calling itself.
const MOST_DEPTH = 32;

/**
 * Reads the body of a delivery as the row of a change: JSON, XML, or either of them in an envelope for the company's
 * key. Rejects with a `WebhookError` for what is none of them, and as the key does when that cannot be opened.
 */
export async function readBody(
  body: Bytes,
  accountKey: AccountKey | undefined,
): Promise<JsonObject> {
  return await openRow(await readObject(textOf(body)), accountKey);
}

/** Takes a row out of its envelope, when it is in one. */
export async function openRow(
  row: JsonObject,
  accountKey: AccountKey | undefined,
): Promise<JsonObject> {
  if (!isEnvelope(row)) return row;
  if (!accountKey) {
    throw refuse('it is in an envelope, and "account_private_key" is not set');
  }
  const inner = await readObject(await openEnvelope(row, await accountKey()));
  if (isEnvelope(inner)) throw refuse("its envelope holds another envelope");
  return inner;
}

/** Whether a row is closed: an envelope is always JSON, where its mark is a number. */
export function isEnvelope(row: JsonObject): boolean {
  return member(row, "_enc") === 1;
}

/** The value of a JSON text that is not nested too deeply; `undefined` for anything else. */
export function parseFlatJson(source: string): unknown {
  const value = parseJson(source);
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_DEPTH) return undefined;
    level = level.flatMap(childrenOf);
  }
  return value;
}

async function readObject(source: string): Promise<JsonObject> {
  const text = source.trim();
  const value = text.startsWith("<") ? await readXml(text) : readJson(text);
  if (isObject(value)) return value;
  throw refuse("it is not an object");
}

function readJson(text: string): unknown {
  if (!text.startsWith("{")) throw refuse("it is neither JSON nor XML");
  const value = parseFlatJson(text);
  if (value !== undefined) return value;
  throw refuse("its JSON is malformed or nested too deeply");
}

async function readXml(text: string): Promise<unknown> {
  try {
    return await parseXml(text, { maxDepth: MOST_DEPTH });
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    throw refuse("its XML is malformed or not what the platform writes", cause);
  }
}

async function openEnvelope(
  row: JsonObject,
  key: CryptoKey,
): Promise<string> {
  try {
    return await decryptEnvelope(row, key);
  } catch (error) {
    if (!(error instanceof DecryptError)) throw error;
    // Without a cause: what exactly is wrong would help whoever probes the key.
    throw refuse("its envelope cannot be opened");
  }
}

function textOf(body: Bytes): string {
  try {
    return decodeUtf8(body);
  } catch {
    throw refuse("it is not UTF-8");
  }
}

function refuse(state: string, cause?: unknown): WebhookError {
  return new WebhookError(
    `Cannot read the webhook: ${state}`,
    cause === undefined ? {} : { cause },
  );
}

function childrenOf(value: unknown): unknown[] {
  return typeof value === "object" && value !== null
    ? Object.values(value)
    : [];
}
