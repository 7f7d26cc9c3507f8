import { isObject } from "../_internal/json.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
// Everything that the Char production of XML 1.0 (section 2.2) leaves out.
const NOT_A_CHARACTER =
  /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Writes a JSON value the way the platform writes XML: a `<response>` root, a list as repeated `<item>`, an object as
 * one element for each member, everything else as text, no attributes. `null` is written as an empty element and an
 * `undefined` member is left out.
 */
export function writeXml(value: unknown): string {
  return element("response", value);
}

function element(name: string, value: unknown): string {
  if (!NAME.test(name)) {
    throw new TypeError(
      `Cannot write XML: ${JSON.stringify(name)} is not an element name`,
    );
  }
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) {
    return value.map((item) => element("item", item)).join("");
  }
  if (isObject(value)) return members(value);
  return escapeText(String(value));
}

function members(object: Record<string, unknown>): string {
  let xml = "";
  for (const [name, value] of Object.entries(object)) {
    if (value !== undefined) xml += element(name, value);
  }
  return xml;
}

function escapeText(text: string): string {
  if (NOT_A_CHARACTER.test(text)) {
    throw new TypeError(
      "Cannot write XML: the text holds a character that XML 1.0 does not have",
    );
  }
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
