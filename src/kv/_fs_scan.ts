import { LogIndex } from "./_fs_index.ts";
import {
  CHECKSUM_BYTES,
  type LogHeader,
  type LogRecord,
  readRecord,
  type RecordSource,
  statedLength,
} from "./_fs_record.ts";

/** What a log holds, as far as it is intact. */
export interface LogScan {
  readonly index: LogIndex;
  /** The highest transaction number. */
  readonly tx: number;
  /** Where the last complete commit ends. */
  readonly end: number;
  /** Whether that may be among the records that a compaction copied, before the first commit of this file. */
  readonly isCopy: boolean;
}

/** Reads complete commits from the header on until the first one that is damaged or cut off. */
export function scanLog(source: RecordSource, header: LogHeader): LogScan {
  const index = new LogIndex();
  let tx = header.tx;
  let end = header.length;
  for (;;) {
    const commit = readCommit(source, end);
    if (commit === undefined) {
      return { index, tx, end, isCopy: header.tx > 0 && tx === header.tx };
    }
    for (const record of commit) {
      index.apply(record, { offset: end, tx: record.tx });
      end += record.length;
      tx = Math.max(tx, record.tx);
    }
  }
}

/**
 * Looks for a complete commit behind the place where a scan ended.
 *
 * Records of the transaction that follows the last intact one are the rest of the commit that was cut off, as a file
 * system may write the end of a piece before its beginning. Copied records have no such order. The inside of a blob is
 * passed over also where the blob is torn: it is somebody's data, and may look like commits.
 *
 * @returns The offset of the first one, or `undefined` when there is only a torn tail.
 */
export function findCommitBehind(
  source: RecordSource,
  { end, tx, isCopy }: LogScan,
  { size }: { size: number },
): number | undefined {
  let offset = end;
  while (offset < size) {
    const candidate = findLine(source, offset, size);
    if (candidate === undefined) return undefined;
    const record = readRecord(source, candidate);
    const isRest = !isCopy && record?.tx === tx + 1;
    if (record?.remaining === 0 && !isRest) return candidate;
    offset = candidate + (statedLength(source, candidate) ?? 1);
  }
  return undefined;
}

function readCommit(
  source: RecordSource,
  start: number,
): readonly LogRecord[] | undefined {
  const commit: LogRecord[] = [];
  let offset = start;
  for (;;) {
    const record = readRecord(source, offset);
    const last = commit.at(-1);
    if (record === undefined || (last && !follows(record, last))) {
      return undefined;
    }
    // The value is on disk; a commit of many large ones must not gather them all.
    commit.push({ ...record, value: undefined });
    if (record.remaining === 0) return commit;
    offset += record.length;
  }
}

function follows(record: LogRecord, last: LogRecord): boolean {
  return record.tx === last.tx && record.remaining === last.remaining - 1;
}

const OPEN_BRACE = 0x7b;
const WINDOW = 64 * 1024;

/** The next place where a line may begin: a checksum, a blank and a brace. The line feed before it may be damaged. */
function findLine(
  source: RecordSource,
  from: number,
  size: number,
): number | undefined {
  for (let at = from; at < size;) {
    const view = source.view(at, WINDOW);
    const brace = view.indexOf(OPEN_BRACE, CHECKSUM_BYTES);
    if (
      brace >= 0 && isChecksum(view.subarray(brace - CHECKSUM_BYTES, brace))
    ) {
      return at + brace - CHECKSUM_BYTES;
    }
    at += brace >= 0
      ? brace - CHECKSUM_BYTES + 1
      : Math.max(1, view.length - CHECKSUM_BYTES);
  }
  return undefined;
}

function isChecksum(bytes: Uint8Array): boolean {
  return /^[0-9a-f]{8} $/.test(String.fromCharCode(...bytes));
}
