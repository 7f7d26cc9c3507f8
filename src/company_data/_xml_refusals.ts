import { xmlError } from "./_xml_error.ts";

// The letters of XML 1.0 section 2.3 by Unicode category. Unlike the ranges given there they hold no white space, at
// which the library would cut a name in two.
const NAME = String.raw`[\p{L}_:][\p{L}\p{M}\p{N}_:.\-]*`;
const SPACE = String.raw`[ \t\r\n]`;
const ATTRIBUTE = `${SPACE}+${NAME}${SPACE}*=${SPACE}*(?:"[^<"]*"|'[^<']*')`;
const MAX_ATTRIBUTES = 64;
const OPENING = new RegExp(
  `<(${NAME})((?:${ATTRIBUTE}){0,${MAX_ATTRIBUTES}})${SPACE}*(/?)>`,
  "uy",
);
const CLOSING = new RegExp(`</(${NAME})${SPACE}*>`, "uy");
const NAME_AND_VALUE = new RegExp(
  `(${NAME})${SPACE}*=${SPACE}*(["'])(.*?)\\2`,
  "gsu",
);
const BLANK = /^[ \t\r\n]*$/;
const REFERENCE =
  /&(?:amp;|lt;|gt;|quot;|apos;|#([0-9]{1,10});|#x([0-9a-fA-F]{1,8});)?/g;

/** Everything that the Char production of XML 1.0 (section 2.2) leaves out. */
export const NOT_A_CHARACTER: RegExp =
  /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

interface Scan {
  readonly source: string;
  readonly maxDepth: number;
  readonly open: string[];
  rooted: boolean;
}

/**
 * Refuses every document that the library would read without complaint although it is not well-formed, not safe, or
 * not one `<response>`: it accepts mismatched tags, second roots, trailing text, unknown entities and DOCTYPEs.
 *
 * One pass from left to right that never goes back, so its cost is linear in the length.
 */
export function refuseBadXml(source: string, maxDepth: number): void {
  const scan: Scan = { source, maxDepth, open: [], rooted: false };
  let at = 0;
  while (at < source.length) at = skipPart(scan, at);
  if (scan.open.length > 0) refuse("it ends inside an element", at);
  if (!scan.rooted) refuse("it has no root element", at);
}

function skipPart(scan: Scan, at: number): number {
  const { source } = scan;
  if (source[at] !== "<") return skipText(scan, at);
  if (source.startsWith("</", at)) return skipClosing(scan, at);
  if (source.startsWith("<?", at)) {
    return refuse("a processing instruction is not allowed", at);
  }
  if (!source.startsWith("<!", at)) return skipOpening(scan, at);
  if (source.startsWith("<!--", at)) return skipComment(source, at);
  if (source.startsWith("<![CDATA[", at)) return skipCdata(scan, at);
  return refuse("a document type or other declaration is not allowed", at);
}

function skipText({ source, open }: Scan, at: number): number {
  const next = source.indexOf("<", at);
  const end = next === -1 ? source.length : next;
  const text = source.slice(at, end);
  if (open.length === 0 && !BLANK.test(text)) {
    refuse("text outside of the root element is not allowed", at);
  }
  if (text.includes("]]>")) refuse('"]]>" outside of CDATA', at);
  refuseBadReferences(text, at);
  return end;
}

function skipOpening(scan: Scan, at: number): number {
  OPENING.lastIndex = at;
  const match = OPENING.exec(scan.source) ?? refuse("a tag is malformed", at);
  const [tag, name = "", attributes, slash] = match;
  if (attributes) refuseBadAttributes(attributes, at);
  if (scan.open.length === 0) refuseBadRoot(scan, name, at);
  if (scan.open.length >= scan.maxDepth) {
    refuse(`elements are nested deeper than ${scan.maxDepth}`, at);
  }
  if (!slash) scan.open.push(name);
  return at + tag.length;
}

function skipClosing({ source, open }: Scan, at: number): number {
  CLOSING.lastIndex = at;
  const match = CLOSING.exec(source) ?? refuse("a tag is malformed", at);
  if (match[1] !== open.pop()) {
    refuse("a closing tag does not match the open element", at);
  }
  return at + match[0].length;
}

function skipComment(source: string, at: number): number {
  const end = source.indexOf("--", at + 4);
  if (end === -1 || source[end + 2] !== ">") {
    refuse("a comment is malformed", at);
  }
  return end + 3;
}

function skipCdata({ source, open }: Scan, at: number): number {
  const end = source.indexOf("]]>", at + 9);
  if (end === -1) refuse("a CDATA section is not closed", at);
  if (open.length === 0) {
    refuse("text outside of the root element is not allowed", at);
  }
  return end + 3;
}

function refuseBadRoot(scan: Scan, name: string, at: number): void {
  if (scan.rooted) refuse("a second root element is not allowed", at);
  if (name !== "response") refuse('the root element is not "response"', at);
  scan.rooted = true;
}

function refuseBadAttributes(attributes: string, at: number): void {
  const names = new Set<string>();
  for (
    const [, name = "", , value = ""] of attributes.matchAll(NAME_AND_VALUE)
  ) {
    if (names.has(name)) refuse("an attribute is given twice", at);
    names.add(name);
    refuseBadReferences(value, at);
  }
}

function refuseBadReferences(text: string, at: number): void {
  if (!text.includes("&")) return;
  for (const { 0: whole, 1: decimal, 2: hex } of text.matchAll(REFERENCE)) {
    if (whole === "&") refuse("an entity is unknown or not closed", at);
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? "20", 16);
    if (!isCharacter(code)) refuse("a reference names no character", at);
  }
}

function isCharacter(code: number): boolean {
  return code <= 0x10ffff && !NOT_A_CHARACTER.test(String.fromCodePoint(code));
}

function refuse(state: string, at: number): never {
  throw xmlError(`${state} (character ${at})`);
}
