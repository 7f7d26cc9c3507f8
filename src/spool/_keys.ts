import type { KvKey } from "../kv/kv.ts";

/** Where each part of one spool lies. */
export interface SpoolKeys {
  /** `{ next }`: the sequence number of the next segment. */
  readonly head: KvKey;
  /** Who consumes, and until when. */
  readonly lease: KvKey;
  /** Written by each new lease and by nothing else: its version is the fencing token. */
  readonly fence: KvKey;
  /** What the last run did, and when it ended. */
  readonly lastRun: KvKey;
  /** Segments by sequence number. */
  readonly segments: KvKey;
  /** What of a segment is done, by sequence number. */
  readonly progress: KvKey;
  /** Notes of dead letters, by sequence number and index. */
  readonly dead: KvKey;
  /** Bodies of dead letters, by sequence number and index. */
  readonly deadBodies: KvKey;
  /** How far the dead letters of a subject were overtaken, by the digest of the subject. */
  readonly superseded: KvKey;
  /** What was delivered lately, by the caller's key. */
  readonly seen: KvKey;
  /** Chunks of payloads that do not fit one value, by payload id and number. */
  readonly chunks: KvKey;
  /** Payload ids whose chunks no marker refers to: not yet, or no longer. */
  readonly loose: KvKey;
}

/** The keys of the spool under a prefix. */
export function spoolKeys(prefix: KvKey): SpoolKeys {
  const under = (name: string): KvKey => [...prefix, name];
  return {
    head: under("head"),
    lease: under("lease"),
    fence: under("fence"),
    lastRun: under("run"),
    segments: under("seg"),
    progress: under("done"),
    dead: under("dead"),
    deadBodies: under("body"),
    superseded: under("superseded"),
    seen: under("seen"),
    chunks: under("chunk"),
    loose: under("loose"),
  };
}
