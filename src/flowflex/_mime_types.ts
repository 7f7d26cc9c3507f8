const BY_EXTENSION: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  doc: "application/msword",
  docx:
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ppt: "application/vnd.ms-powerpoint",
  pptx:
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  txt: "text/plain",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  mp4: "video/mp4",
  "3gp": "video/3gpp",
  aac: "audio/aac",
  amr: "audio/amr",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  // The platform takes it where it takes audio; RFC 4337 gives the type.
  m4a: "audio/mp4",
};

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// RFC 9110 section 8.3.1.
const MIME = new RegExp(
  `^${TOKEN}/${TOKEN}(?: ?; ?${TOKEN}=(?:${TOKEN}|"[ !#-\\[\\]-~]*"))*$`,
);
const MOST_CHARS = 127;

/** The media type of a file: the given one, that of the source, or that of the extension, in this order. */
export function mimeTypeOf(
  given: string | undefined,
  from: { sourceType: string; filename: string },
): string {
  if (given !== undefined) return requireMime(given);
  const own = from.sourceType.split(";", 1)[0]?.trim() ?? "";
  if (isMime(own)) return own;
  const dot = from.filename.lastIndexOf(".");
  const extension = from.filename.slice(dot + 1).toLowerCase();
  const known = dot >= 0 && Object.hasOwn(BY_EXTENSION, extension)
    ? BY_EXTENSION[extension]
    : undefined;
  if (known !== undefined) return known;
  throw new TypeError(
    'Cannot use file: its media type is not known from its name, wanted the option "mime"',
  );
}

function requireMime(given: unknown): string {
  if (typeof given === "string" && isMime(given)) return given;
  throw new TypeError(
    'Cannot use mime: wanted a media type such as "application/pdf"',
  );
}

function isMime(text: string): boolean {
  return text.length <= MOST_CHARS && MIME.test(text);
}
