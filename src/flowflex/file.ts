import { assertInteger } from "../_internal/assert.ts";
import { cleanFilename } from "./_filename.ts";
import { mimeTypeOf } from "./_mime_types.ts";
import {
  blobSource,
  pathSource,
  type Source,
  type StreamFactory,
  streamSource,
} from "./_source.ts";

export type { StreamFactory };

/**
 * What can be uploaded: a path or `file:` URL on a host with files, a `Blob` or `File`, bytes, or a function that makes
 * a stream of the same bytes each time, because a retry reads them again.
 */
export type FileSource =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | StreamFactory;

/** What is said about a file. */
export interface FileOptions {
  /** Its name; by default that of a `File` or the last part of a path. Folders and control characters are cut off. */
  readonly filename?: string;
  /** Its media type; by default that of a `Blob`, or the one that the extension tells. */
  readonly mime?: string;
  /** Its length in bytes. Wanted for a stream; for anything else it is compared with the real one. */
  readonly size?: number;
}

/** The source of a reference, for the rest of this folder. */
export let sourceOf: (ref: FileRef) => Source;

/** A file that stands in a payload until it is sent. It is read when it is sent, and again for each retry. */
export class FileRef {
  static {
    sourceOf = (ref): Source => ref.#source;
  }

  /** Its name, without folders. */
  readonly filename: string;
  /** Its media type. */
  readonly mime: string;
  /** Its length in bytes; `undefined` when only the filesystem knows. */
  readonly size: number | undefined;
  readonly #source: Source;

  /** Takes a file; {@linkcode file} reads better. */
  constructor(source: FileSource, options: FileOptions = {}) {
    const { filename, mime, size } = options;
    if (size !== undefined) assertInteger(size, "size", { min: 0 });
    this.#source = readSource(source, size);
    this.filename = readFilename(source, filename);
    const { blob } = this.#source;
    this.size = blob?.size ?? size;
    this.mime = mimeTypeOf(mime, {
      sourceType: blob?.type ?? "",
      filename: this.filename,
    });
    if (blob && size !== undefined && size !== blob.size) {
      throw new RangeError(
        `Cannot use size: the file has ${blob.size} bytes, got ${size}`,
      );
    }
  }
}

/**
 * Makes a reference to a file. Put it anywhere in a payload: it becomes the id of the uploaded asset. The same
 * reference in two places is uploaded once.
 *
 * Bytes are copied now. A path is not touched before the event is sent. Media types are known for pdf, doc, docx, xls,
 * xlsx, ppt, pptx, txt, jpg, jpeg, png, mp4, 3gp, aac, amr, mp3, ogg and m4a (`audio/mp4`); which ones are allowed is
 * for the platform to say.
 *
 * @example
 * ```ts
 * import { file } from "@sluice/edge/flowflex";
 *
 * const note = file(new TextEncoder().encode("hello"), { filename: "note.txt" });
 * console.log(note.mime, note.size); // text/plain 5
 * ```
 *
 * @param source Where its bytes are.
 * @param options Name, media type and length, where the source does not tell.
 * @returns The reference.
 * @throws {TypeError} When name, media type or length are not known, or the source is none.
 * @throws {RangeError} When `size` is not the length of the bytes.
 */
export function file(source: FileSource, options: FileOptions = {}): FileRef {
  return new FileRef(source, options);
}

function readSource(source: unknown, size: number | undefined): Source {
  if (source instanceof Blob) return blobSource(source);
  if (source instanceof ArrayBuffer) return blobSource(new Blob([source]));
  if (ArrayBuffer.isView(source)) {
    const { buffer, byteOffset, byteLength } = source;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
    return blobSource(new Blob([bytes]));
  }
  if (typeof source === "function") {
    if (size !== undefined) return streamSource(source as StreamFactory, size);
    throw new TypeError(
      "Cannot use size: wanted the length of the stream in bytes, which the stream does not tell",
    );
  }
  return pathSource(readPath(source));
}

function readPath(source: unknown): string | URL {
  if (source instanceof URL && source.protocol === "file:") {
    return new URL(source);
  }
  if (typeof source === "string" && source !== "" && !isUrl(source)) {
    return source;
  }
  throw new TypeError(
    "Cannot use source: wanted a path, a file URL, a Blob, bytes or a function that makes a stream",
  );
}

// A Windows path may begin with a drive, which is one letter.
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}

function readFilename(source: FileSource, given: string | undefined): string {
  const found = given ?? nameOf(source);
  const clean = typeof found === "string" ? cleanFilename(found) : undefined;
  if (clean !== undefined) return clean;
  throw new TypeError(
    given === undefined
      ? 'Cannot use file: its source does not tell its name, wanted the option "filename"'
      : "Cannot use filename: wanted the name of a file",
  );
}

function nameOf(source: FileSource): string | undefined {
  if (typeof source === "string") return source;
  if (source instanceof URL) return decodedPath(source);
  return source instanceof File ? source.name : undefined;
}

function decodedPath({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname; // a stray percent sign is part of the name
  }
}
