import type { SandboxChange, SandboxRow } from "@sluice/edge/sandbox";
import type { Row } from "./_table.ts";

/** The row that the handler must come to for a published change. */
export async function expectedRow(
  change: SandboxChange,
  wire: SandboxRow,
): Promise<Row> {
  return {
    id: wire.id,
    event: wire.event,
    person: textOf(wire["person_user_id"]),
    slug: textOf(wire["slug"]),
    said: await published(change, wire),
  };
}

/** Compares rows: how many are exactly as expected, and what is missing, unknown, twice or out of order. */
export function findProblems(
  expected: readonly Row[],
  rows: readonly Row[],
): { kept: number; problems: string[] } {
  const got = new Map(rows.map((row) => [row.id, row]));
  const wanted = new Set(expected.map(({ id }) => id));
  const wrong = expected.flatMap((row) => compare(row, got.get(row.id)));
  return {
    kept: expected.length - wrong.length,
    problems: [
      ...wrong,
      ...rows.filter(({ id }) => !wanted.has(id))
        .map(({ id }) => `${id} was never published`),
      ...repeated(rows).map((id) => `${id} is there twice`),
      ...late(expected, rows).map((id) => `${id} comes too late`),
    ],
  };
}

/** The digest that stands for a file in a row. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  const copy = Uint8Array.from(bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", copy));
  return digest.toHex();
}

async function published(
  { value }: SandboxChange,
  wire: SandboxRow,
): Promise<unknown> {
  const file = typeof value === "object" && "photo" in value && value.photo;
  if (file instanceof Uint8Array) return await digestOf(file);
  return value ?? wire["status"] ?? wire["request_id"] ??
    wire["public_key_sha256"] ?? null;
}

function compare(wanted: Row, got: Row | undefined): string[] {
  if (!got) return [`${wanted.id} is missing`];
  return JSON.stringify(got) === JSON.stringify(wanted)
    ? []
    : [`${wanted.id} differs from what was published`];
}

function repeated(rows: readonly Row[]): (string | null)[] {
  const seen = new Set<string | null>();
  return rows.map(({ id }) => id).filter((id) => {
    const again = seen.has(id);
    seen.add(id);
    return again;
  });
}

/** The rows that come after a younger one of the same person. */
function late(
  expected: readonly Row[],
  rows: readonly Row[],
): (string | null)[] {
  const place = new Map(expected.map(({ id }, index) => [id, index]));
  const youngest = new Map<string | null, number>();
  return rows.filter(({ id, person }) => {
    const index = place.get(id) ?? Infinity;
    const before = youngest.get(person) ?? -1;
    youngest.set(person, Math.max(index, before));
    return index < before;
  }).map(({ id }) => id);
}

function textOf(member: unknown): string | null {
  return typeof member === "string" ? member : null;
}
