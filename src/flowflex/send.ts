import type { UploadResume } from "../errors.ts";
import type { FileRef } from "./file.ts";

/** The events of an integration with their payloads, for the types of {@linkcode FlowFlex}. */
export type EventPayloads = Record<string, object>;

/** How an event is sent. */
export interface SendOptions<P extends object = object> {
  /** What the flow gets, with {@linkcode FileRef}s anywhere in it. It is copied now. Default is `{}`. */
  readonly payload?: P | null;
  /**
   * The key under which all attempts count as one. Default is a random one, kept for all retries of this call.
   * {@linkcode deriveIdempotencyKey} makes one that a later call finds again.
   */
  readonly idempotencyKey?: string;
  /**
   * Finishes a send that failed: the `resume` of its error, with the same event, payload and files. Of a file its name,
   * media type and length are compared, and its bytes when they are in memory; of a path and a stream the bytes are not.
   */
  readonly resume?: UploadResume | null;
  /** Milliseconds for all of it; that of the client by default. */
  readonly timeoutMs?: number;
  /** Ends the send; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told of each file as it goes. What it throws ends the send. */
  readonly onProgress?: (progress: FileProgress) => void;
}

/** How far one file is. */
export interface FileProgress {
  /** The file. */
  readonly file: FileRef;
  /** Its first place in the payload, as a JSON Pointer (RFC 6901). */
  readonly pointer: string;
  /** `"uploaded"` when the storage has taken it, else `"sending"`. */
  readonly state: "sending" | "uploaded";
  /** Bytes that were given to the host; it begins anew at 0 when an attempt failed. */
  readonly sentBytes: number;
  /** Bytes that there are. */
  readonly totalBytes: number;
  /** With `"uploaded"`: what finishes the send from here, also after an abort; `null` before. */
  readonly resume: UploadResume | null;
}

/** What {@linkcode FlowFlex.checkEvent} found. */
export interface EventCheck {
  /** What would be uploaded, in the order of the payload. */
  readonly files: readonly CheckedFile[];
  /** Bytes of all of them. */
  readonly uploadBytes: number;
}

/** A file that would be uploaded. */
export interface CheckedFile {
  /** Its first place in the payload, as a JSON Pointer (RFC 6901). */
  readonly pointer: string;
  /** The name that it would have. */
  readonly filename: string;
  /** The media type that it would have. */
  readonly mime: string;
  /** Its length in bytes. */
  readonly size: number;
}

/** A file of an event that was sent. */
export interface SentFile {
  /** Where it stood in the payload, as a JSON Pointer (RFC 6901). */
  readonly pointer: string;
  /** The same as people write it, such as `a.list[0]`. */
  readonly path: string;
  /** What the platform calls it. */
  readonly assetId: string;
}

/** What became of an event. */
export interface SendResult {
  /** The platform's answer: JSON, else text; `null` when it was empty, or longer than 1 MiB. */
  readonly response: unknown;
  /** The key that it was sent with. */
  readonly idempotencyKey: string;
  /** Ids by place as people write it. Names with a dot in them may collide here, and do not in `files`. */
  readonly uploadedAssets: Readonly<Record<string, string>>;
  /** Every place of a file with its id, in the order of the payload. */
  readonly files: readonly SentFile[];
}
