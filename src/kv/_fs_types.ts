import type { FsKvRecovery } from "./_fs_recover.ts";
import type { KvStore } from "./kv.ts";

/** How {@linkcode fsKv} opens and keeps its folder. */
export interface FsKvOptions {
  /**
   * When a commit that is marked `relaxed` resolves: `"interval"` once it is written, `"commit"` once the disk has
   * confirmed it, as for every other commit.
   *
   * @default {"interval"}
   */
  readonly durability?: "interval" | "commit";
  /**
   * Most milliseconds between a relaxed commit and the call that asks the disk to confirm it.
   *
   * @default {50}
   */
  readonly syncIntervalMs?: number;
  /**
   * Bytes of overwritten, deleted and expired records from which on the log is compacted, once they are also more than
   * half of it.
   *
   * @default {16777216}
   */
  readonly compactAtBytes?: number;
  /**
   * Opens a log that is damaged in the middle with what precedes the damage, and sets the rest aside in a file.
   *
   * @default {false}
   */
  readonly repair?: boolean;
  /**
   * Opens on Deno Deploy too, where everything is lost with the instance.
   *
   * @default {false}
   */
  readonly allowEphemeral?: boolean;
  /** Is told what opening cut off, if anything. */
  readonly onRecover?: (report: FsKvRecovery) => void;
  /** The time in milliseconds since 1970, for `expireInMs`. Default is `Date.now`. */
  readonly now?: () => number;
}

/** A store in a folder of the file system. */
export interface FsKvStore extends KvStore, AsyncDisposable {
  /** Nobody else can have the folder open. */
  readonly exclusive: true;
  /** What opening cut off the log; `undefined` when it was whole. */
  readonly recovered: FsKvRecovery | undefined;
}
