/** How files of a kind begin. */
interface Kind {
  /** Its media type. */
  readonly mime: string;
  /** Other types whose files begin in the same way. */
  readonly alike?: RegExp;
  /** Any of these bytes, as characters with their numbers. */
  readonly marks: readonly string[];
  /** Where they stand; at the begin by default. */
  readonly at?: number;
}

/** The first bytes by which kinds are told apart. */
export const HEAD_BYTES = 16;

// Those that the platform takes, and what is mistaken for them; the marks are those of their specifications.
const KINDS: readonly Kind[] = [
  { mime: "application/pdf", marks: ["%PDF-"] },
  {
    mime: "image/jpeg",
    alike: /^image\/p?jpe?g$/,
    marks: ["\xff\xd8\xff"],
  },
  { mime: "image/png", marks: ["\x89PNG\r\n\x1a\n"] },
  { mime: "image/gif", marks: ["GIF87a", "GIF89a"] },
  { mime: "image/webp", marks: ["WEBP"], at: 8 },
  {
    mime: "application/zip",
    // Documents of offices, books and programs are archives, but for those of the old offices.
    alike:
      /^application\/(?:vnd\.(?!ms-(?:excel|powerpoint)$)|x-zip|epub\+zip|java-archive)/,
    marks: ["PK\x03\x04"],
  },
  {
    mime: "application/x-ole-storage",
    alike: /^application\/(?:msword|vnd\.ms-|vnd\.visio|x-msi)/,
    marks: ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
  },
  {
    mime: "video/mp4",
    // ISO 14496-12: the brand that follows says little of what is inside.
    alike: /^(?:audio|video)\/|^image\/(?:avif|hei[cf])/,
    marks: ["ftyp"],
    at: 4,
  },
  {
    mime: "audio/ogg",
    alike: /^(?:(?:application|video)\/ogg|audio\/opus)$/,
    marks: ["OggS\0"],
  },
  { mime: "audio/amr", alike: /^audio\/amr-wb/, marks: ["#!AMR"] },
  {
    mime: "audio/aac",
    alike: /^audio\/(?:aacp|x-aac)$/,
    marks: ["\xff\xf0", "\xff\xf1", "\xff\xf8", "\xff\xf9"],
  },
  {
    mime: "audio/mpeg",
    // A tag may stand before both.
    alike: /^audio\/(?:mp3|x-mpeg|aac)$/,
    marks: ["ID3\x02", "ID3\x03", "ID3\x04", "\xff\xfa", "\xff\xfb"],
  },
  {
    mime: "text/html",
    alike: /^(?:text\/plain|application\/xhtml\+xml)$/,
    marks: ["<!doctype html", "<!DOCTYPE html", "<!DOCTYPE HTML", "<html"],
  },
];

// It says nothing, so nothing differs from it.
const ANYTHING = "application/octet-stream";

/** The media type that the first bytes tell; `undefined` when they tell none, or one that fits the declared one. */
export function typeThatDiffers(
  declared: string,
  head: Uint8Array,
): string | undefined {
  const type = declared.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  const kind = KINDS.find(({ marks, at = 0 }) =>
    marks.some((mark) => text.startsWith(mark, at))
  );
  if (!kind || [kind.mime, ANYTHING].includes(type)) return undefined;
  return kind.alike?.test(type) ? undefined : kind.mime;
}
