/** What an upload URL is asked for with. */
export interface UploadUrlRequest {
  /** The name of the file; folders and control characters are cut off. */
  readonly filename: string;
  /** Its media type. */
  readonly mime: string;
  /** Its length in bytes, when it is known. */
  readonly size?: number;
}

/** Where a file goes. Whoever has the URL can write the file: treat it like a password. */
export interface UploadUrl {
  /** What the platform calls the file. */
  readonly assetId: string;
  /** Where to PUT it, for two hours. */
  readonly uploadUrl: string;
  /** The platform's token for the file, when it sent one. */
  readonly token: string | null;
  /** The media type that the PUT must declare. */
  readonly mime: string;
  /** The length in bytes that was asked for; `null` when none was. */
  readonly size: number | null;
}

/** How long a call may take. */
export interface CallOptions {
  /** Milliseconds for all of it; that of the client by default. */
  readonly timeoutMs?: number;
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}
