import { assertInteger } from "../_internal/assert.ts";
import { tryDecodeUtf8 } from "../_internal/bytes.ts";
import { xmlError } from "./_xml_error.ts";
import { NOT_A_CHARACTER, refuseBadXml } from "./_xml_refusals.ts";
import { parseTree, readTree } from "./_xml_tree.ts";

/** Bounds and hints of {@linkcode parseXml}. */
export interface XmlOptions {
  /** Longest document in bytes, or in UTF-16 units when a string is given. Default is 16 MiB. */
  maxBytes?: number;
  /** Most elements inside each other, the root included; 256 at most. Default is 32. */
  maxDepth?: number;
  /**
   * Elements that hold a map whatever their children are called, so that a slug named `item` is not taken for a list.
   * Default is `["values"]`.
   */
  maps?: readonly string[];
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
// XML 1.0 section 2.8, with the quotes that must match.
const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][\w.-]{0,40})\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\4)?[ \t\r\n]*\?>/;

/**
 * Reads one `<response>` document as the value that the same answer has in JSON.
 *
 * An element without child elements is its text. An element whose children are all `item` is an array, also with one
 * of them. Any other is an object, with an array for a tag that repeats. So an empty list, an empty map, `null` and an
 * empty text are all `""`, and numbers and booleans stay text. Text is kept to the letter, white space included; only
 * the white space between elements is dropped. CDATA is text as it stands, comments are nothing, attributes are
 * checked and left out. Each tag becomes an own member under its true name, `__proto__` and `constructor` too.
 *
 * The library is loaded by the first call, so a program that only meets JSON never loads it.
 *
 * @param source UTF-8 bytes, or text that was decoded already.
 * @param options Bounds and hints.
 * @returns Resolves with an object, an array or a text.
 * @throws {XmlError} The document is not well-formed, has a document type, a processing instruction, another root, an
 * entity besides the five of XML, another encoding than UTF-8, or passes a bound.
 */
export async function parseXml(
  source: Uint8Array | string,
  options: XmlOptions = {},
): Promise<unknown> {
  const { maxBytes = DEFAULT_MAX_BYTES, maxDepth = 32 } = options;
  const maps = new Set(options.maps ?? ["values"]);
  assertInteger(maxBytes, '"maxBytes"', { min: 1 });
  assertInteger(maxDepth, '"maxDepth"', { min: 1, max: 256 });
  const document = withoutDeclaration(decode(source, maxBytes));
  refuseBadXml(document, maxDepth);
  return readTree(await parseTree(document), maps);
}

function decode(source: Uint8Array | string, maxBytes: number): string {
  if (source.length > maxBytes) {
    throw xmlError(`it is larger than ${maxBytes} bytes`);
  }
  const text = typeof source === "string" ? source : tryDecodeUtf8(source);
  if (text === undefined) throw xmlError("it is not UTF-8");
  if (NOT_A_CHARACTER.test(text)) {
    throw xmlError("it holds a character that XML does not allow");
  }
  return text;
}

function withoutDeclaration(text: string): string {
  const document = text.startsWith("\ufeff") ? text.slice(1) : text;
  const [declaration = "", , , encoding = "utf-8"] =
    DECLARATION.exec(document) ?? [];
  if (encoding.toLowerCase() !== "utf-8") {
    throw xmlError("its declared encoding is not UTF-8");
  }
  return document.slice(declaration.length);
}
