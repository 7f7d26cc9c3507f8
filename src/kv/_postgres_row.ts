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
  if (!(value instanceof Uint8Array) || typeof version !== "string") {
    throw unreadable();
  }
  return {
    key: key ?? keyFromBytes(bytesOf(row)),
    // A copy in any case: clients give a view of a buffer that they use for other rows too.
    value:
      (isJson ? JSON.parse(decodeUtf8(value)) : new Uint8Array(value)) as T,
    version,
  };
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
