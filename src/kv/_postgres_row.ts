import { decodeUtf8 } from "../_internal/bytes.ts";
import { KvError } from "../errors.ts";
import { keyFromBytes } from "./_postgres_key.ts";
import type { KvEntry, KvKey } from "./kv.ts";

/** A row as a client gives it. */
export type PostgresRow = Readonly<Record<string, unknown>>;

/** The rows of an answer, whatever else the client has put on it. */
export function rowsOf(answer: unknown): readonly PostgresRow[] {
  return Array.isArray(answer) ? answer : [];
}

/** The entry of a row that was asked for by its key, or that has it. */
export function entryOfRow<T>(row: PostgresRow, key?: KvKey): KvEntry<T> {
  const { value, is_json: isJson, version } = row;
  assertDecoded(row);
  if (!(value instanceof Uint8Array) || typeof version !== "string") {
    throw unreadable();
  }
  return {
    key: key ?? keyFromBytes(bytesOf(row)),
    // A copy in any case: clients give a view of a buffer that they use for other rows too.
    value: (isJson ? jsonOf(value) : new Uint8Array(value)) as T,
    version,
  };
}

/** A client that decodes hex alone gives other bytes than are stored, and no error. */
function assertDecoded({ probe }: PostgresRow): void {
  const isWhole = probe instanceof Uint8Array && probe.length === 2 &&
    probe[0] === 0 && probe[1] === 255;
  if (isWhole) return;
  throw new KvError(
    "Cannot read: the client does not decode bytea as the server writes it, wanted bytea_output = hex",
  );
}

function jsonOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(value));
  } catch (cause) {
    throw new KvError("Cannot read: a value is not the JSON that was stored", {
      cause,
    });
  }
}

/** Bytes of the value of a row. */
export function rowBytes({ value }: PostgresRow): number {
  return value instanceof Uint8Array ? value.length : 0;
}

/** The encoded key of a row. */
export function bytesOf({ key }: PostgresRow): Uint8Array {
  if (key instanceof Uint8Array) return key;
  throw unreadable();
}

function unreadable(): KvError {
  return new KvError(
    "Cannot read: the client gives other types than bytea as Uint8Array and text as string, wanted its own parsers",
  );
}
