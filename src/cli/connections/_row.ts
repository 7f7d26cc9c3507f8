import type { Connection } from "../../company_data/mod.ts";
import { printableJson } from "../_terminal/printable.ts";
import { plainValue } from "../drain/change_record.ts";

/** The slugs of the values that cannot be decrypted. */
export function errorsOf({ values }: Connection): string[] {
  return Object.entries(values)
    .filter(([, { error }]) => error !== null)
    .map(([slug]) => slug);
}

/** A connection as one line of NDJSON. */
export function ndjsonRow(connection: Connection): string {
  const { raw: _raw, values, ...head } = connection;
  const errors = errorsOf(connection);
  const readable = Object.entries(values)
    .filter(([, { error }]) => error === null);
  const row = {
    ...head,
    values: Object.fromEntries(
      readable.map(([slug, { value }]) => [slug, plainValue(value)]),
    ),
    verified: readable.filter(([, { verified }]) => verified)
      .map(([slug]) => slug),
    ...errors.length > 0 && { errors },
  };
  return `${printableJson(JSON.stringify(row))}\n`;
}

const HEAD = [
  "id",
  "personId",
  "displayName",
  "connectedAt",
  "customerType",
  "shareCode",
] as const;

/** The names of the columns: those of every connection, then one for each field of the catalog. */
export function csvHeader(slugs: readonly string[]): string {
  return line([...HEAD, ...slugs], {});
}

/** How a table is written. */
export interface TableOptions {
  /** Whether a cell stays as it is where a spreadsheet takes it for a formula. */
  readonly keepFormulas?: boolean;
}

/** A connection as one line of a table (RFC 4180). */
export function csvRow(
  connection: Connection,
  slugs: readonly string[],
  options: TableOptions = {},
): string {
  const answers = slugs.map((slug) => {
    const answer = connection.values[slug];
    return answer && answer.error === null ? plainValue(answer.value) : null;
  });
  return line([...HEAD.map((name) => connection[name]), ...answers], options);
}

function line(cells: readonly unknown[], options: TableOptions): string {
  return `${cells.map((each) => cell(each, options)).join(",")}\r\n`;
}

// https://owasp.org/www-community/attacks/CSV_Injection; a number or one of a telephone computes nothing.
const FORMULA = /^(?![+-]\d[\d .()]*$)[=+\-@\t\r\n＝＋－＠]/;

function cell(value: unknown, { keepFormulas = false }: TableOptions): string {
  const plain = textOf(value);
  const text = !keepFormulas && FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
