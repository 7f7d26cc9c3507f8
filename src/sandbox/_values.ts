import { toBase64 } from "../_internal/base64.ts";
import type { Bytes } from "../_internal/bytes.ts";
import type {
  SandboxDocument,
  SandboxFile,
  SandboxFileShape,
  SandboxPhoto,
  SandboxValue,
} from "./values.ts";

/** A value that was read once and is ready to be encrypted. */
export type Plaintext = { readonly text: string } | FilePlaintext;

/** A file that was read once: its envelope, and its bytes where they are served as they are. */
export interface FilePlaintext {
  readonly text: string;
  readonly shape: SandboxFileShape;
  readonly bytes: Bytes;
  readonly mimeType: string;
  readonly contentSha256: string | undefined;
}

/** Reads a value, so that the caller may change it afterwards. */
export function readValue(value: SandboxValue): Plaintext {
  if (typeof value === "string") return { text: value };
  if (isPhoto(value)) return readPhoto(value);
  if (isDocument(value)) return readDocument(value);
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      "Cannot use value: wanted a string, an object, a photo or a document",
    );
  }
  return { text: JSON.stringify(value) };
}

/** Tells whether the value goes through the file endpoint. */
export function isFile(plaintext: Plaintext): plaintext is FilePlaintext {
  return "shape" in plaintext;
}

function isPhoto(value: SandboxValue): value is SandboxPhoto {
  return holdsBytes(value, "photo");
}

function isDocument(value: SandboxValue): value is SandboxDocument {
  return holdsBytes(value, "document");
}

function holdsBytes(value: SandboxValue, name: string): boolean {
  return typeof value === "object" && value !== null &&
    Object.entries(value).some(([key, member]) =>
      key === name && member instanceof Uint8Array
    );
}

function readPhoto(photo: SandboxPhoto): FilePlaintext {
  const mimeType = photo.mimeType ?? "image/jpeg";
  const full = dataUrl(mimeType, photo.photo);
  const thumb = photo.thumb ? dataUrl(mimeType, photo.thumb) : full;
  return filePlaintext(photo, {
    bytes: photo.photo,
    mimeType,
    envelope: { full, thumb },
  });
}

function readDocument(document: SandboxDocument): FilePlaintext {
  const mimeType = document.mimeType ?? "application/pdf";
  const envelope = {
    file: dataUrl(mimeType, document.document),
    original_name: document.name ?? "document.pdf",
    mime_type: mimeType,
    size: document.document.length,
  };
  return filePlaintext(document, {
    bytes: document.document,
    mimeType,
    envelope,
  });
}

function filePlaintext(
  file: SandboxFile,
  read: { bytes: Uint8Array; mimeType: string; envelope: object },
): FilePlaintext {
  const shape = file.shape ?? "encrypted";
  return {
    text: JSON.stringify(read.envelope),
    shape,
    // A copy is only needed where the bytes are served as they are; the envelope holds its own.
    bytes: shape === "plain" ? Uint8Array.from(read.bytes) : new Uint8Array(),
    mimeType: read.mimeType,
    contentSha256: file.contentSha256,
  };
}

function dataUrl(mimeType: string, bytes: Uint8Array): string {
  return `data:${mimeType};base64,${toBase64(bytes)}`;
}
