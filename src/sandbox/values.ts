/** How the file endpoint serves a file. */
export type SandboxFileShape = "encrypted" | "plain" | "envelope";

/** What the two kinds of files have in common. */
export interface SandboxFileOptions {
  /**
   * `"encrypted"`, the default: an object with the wrapper. `"plain"`: the bytes themselves under their own content
   * type, as for a source field that is not private. `"envelope"`: an object with the envelope as readable text.
   */
  shape?: SandboxFileShape;
  /** What `X-Allus-Content-Sha256` says instead of the true digest. */
  contentSha256?: string;
}

/** A picture. */
export interface SandboxPhoto extends SandboxFileOptions {
  /** The picture's bytes. */
  photo: Uint8Array;
  /** A small version. Defaults to the picture itself. */
  thumb?: Uint8Array;
  /** Defaults to `image/jpeg`. */
  mimeType?: string;
}

/** Any other file. */
export interface SandboxDocument extends SandboxFileOptions {
  /** The file's bytes. */
  document: Uint8Array;
  /** Its name. Defaults to `document.pdf`. */
  name?: string;
  /** Defaults to `application/pdf`. */
  mimeType?: string;
}

/** A file that a person gives. */
export type SandboxFile = SandboxPhoto | SandboxDocument;

/** What a person gives for a field: a text, an object (stored as JSON: an address, a bank account) or a file. */
export type SandboxValue =
  | string
  | SandboxFile
  | Readonly<Record<string, unknown>>;
