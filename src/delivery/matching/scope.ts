import { encodeUtf8 } from "../../_internal/bytes.ts";
import { ValidationError } from "../../errors.ts";

const MOST_LEVELS = 16;
const MOST_BYTES = 512;

/**
 * Reads a path in the tree of scopes, such as `/NOAA/NWS/OUN`; `/` is the root.
 *
 * The outcome is the one form of it: composed (NFC), without a slash at the end. Letter case counts.
 *
 * @throws {ValidationError} With `scope` as field, for a path that does not begin with `/`, has an empty segment, `.`,
 * `..`, `*`, a control character, more than 16 segments or more than 512 bytes.
 */
export function parseScope(text: string): string {
  if (typeof text !== "string" || !text.startsWith("/")) {
    throw refusal("wanted a path that begins with /");
  }
  // Before the text is composed, which costs more than linear time and can make it longer.
  if (text.length > MOST_BYTES) throw tooLong();
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) {
    throw refusal("wanted a path without characters that are not seen");
  }
  const scope = text.normalize("NFC").replace(/(?<=[^/])\/$/u, "");
  if (encodeUtf8(scope).length > MOST_BYTES) throw tooLong();
  refuseSegments(segmentsOf(scope));
  return scope;
}

/** A scope of {@linkcode parseScope} and all above it, from the root down: `/`, `/NOAA`, `/NOAA/NWS`, itself. */
export function ancestors(scope: string): readonly string[] {
  const paths = ["/"];
  let path = "";
  for (const segment of segmentsOf(scope)) {
    path += `/${segment}`;
    paths.push(path);
  }
  return paths;
}

function segmentsOf(scope: string): string[] {
  return scope === "/" ? [] : scope.slice(1).split("/");
}

function refuseSegments(segments: readonly string[]): void {
  if (segments.length > MOST_LEVELS) {
    throw refusal(`wanted at most ${MOST_LEVELS} segments`);
  }
  for (const segment of segments) {
    if (segment.trim() !== segment || segment === "") {
      throw refusal("wanted segments with a name and no blank around it");
    }
    if (segment === "." || segment === "..") {
      throw refusal("wanted segments other than . and ..");
    }
    if (segment.includes("*")) {
      throw refusal("wanted segments without *, a scope covers all below it");
    }
  }
}

function tooLong(): ValidationError {
  return refusal(`wanted at most ${MOST_BYTES} bytes`);
}

function refusal(wanted: string): ValidationError {
  return new ValidationError(`Cannot use scope: ${wanted}`, { field: "scope" });
}
