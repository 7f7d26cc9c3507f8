/** What the handler keeps of a change. */
export interface Row {
  /** The id of the change, which is the same when it is delivered again. */
  readonly id: string | null;
  /** What happened. */
  readonly event: string | null;
  /** Whom it happened to. */
  readonly person: string | null;
  /** The field that it is about. */
  readonly slug: string | null;
  /** The one thing that it says: a value, the digest of a file, a message, a status. */
  readonly said: unknown;
}

/** A table in an append-only file that takes each change once, however often it comes. */
export interface Table extends Disposable {
  /** How many rows it has. */
  readonly size: number;
  /** Appends a row, on the disk when this returns; `false` when there is one with that id. */
  add(row: Row): boolean;
}

const NEWLINE = 0x0a;

/** Opens the table, without the half line that a killed process may have left at its end. */
export function openTable(path: string): Table {
  cutTornLine(path);
  const ids = new Set(readTable(path).map(({ id }) => id));
  const file = Deno.openSync(path, { append: true });
  return {
    get size(): number {
      return ids.size;
    },
    add(row): boolean {
      if (ids.has(row.id)) return false;
      writeAll(file, new TextEncoder().encode(`${JSON.stringify(row)}\n`));
      file.syncDataSync();
      ids.add(row.id);
      return true;
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** All rows in the order in which they were added. */
export function readTable(path: string): Row[] {
  const lines = Deno.readTextFileSync(path).split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

function cutTornLine(path: string): void {
  using file = Deno.openSync(path, {
    read: true,
    write: true,
    create: true,
    mode: 0o600,
  });
  const bytes = new Uint8Array(file.statSync().size);
  let filled = 0;
  while (filled < bytes.length) {
    filled += file.readSync(bytes.subarray(filled)) ?? 0;
  }
  file.truncateSync(bytes.lastIndexOf(NEWLINE) + 1);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += file.writeSync(bytes.subarray(done));
  }
}
