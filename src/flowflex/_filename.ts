import { encodeUtf8 } from "../_internal/bytes.ts";

const MOST_BYTES = 255;
// Control characters, and those that turn the direction of text around to hide an extension.
const UNSAFE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The last part of a path of any system, fit for a header and a disk; `undefined` when nothing is left. */
export function cleanFilename(text: string): string | undefined {
  const last = text.toWellFormed().split(/[/\\]/).at(-1) ?? "";
  const clean = last.replace(UNSAFE, "").trim();
  if (clean === "" || clean === "." || clean === "..") return undefined;
  return shortened(clean);
}

// The extension stays, because it may tell the media type.
function shortened(name: string): string {
  const [, stem = name, extension = ""] = /^(.+)(\.[^.]{1,16})$/u.exec(name) ??
    [];
  // Each has a byte at least, and one by one a name of a megabyte would take hours.
  let chars = [...stem].slice(0, MOST_BYTES);
  while (encodeUtf8(chars.join("") + extension).length > MOST_BYTES) {
    chars = chars.slice(0, -1);
  }
  return chars.join("") + extension;
}
