import { xmlError } from "./_xml_error.ts";

/** A node in document order: one element with its children, or one text. */
type XmlNode = Readonly<Record<string, unknown>>;

const TEXT = "#text";
// No XML name begins with a dot, so the library neither renames `toString` nor refuses `constructor`.
const MARK = ".";

/** Reads a document that {@linkcode refuseBadXml} let pass into nodes in document order. */
export async function parseTree(source: string): Promise<readonly XmlNode[]> {
  const [{ XMLParser }, { EntityDecoder }] = await Promise.all([
    import("fast-xml-parser"),
    import("@nodable/entities"),
  ]);
  const parser = new XMLParser({
    preserveOrder: true, // keeps text and CDATA of one element in their order
    ignoreAttributes: true,
    parseTagValue: false,
    trimValues: false,
    textNodeName: TEXT,
    jPath: false, // else the path of each element is written out
    maxNestedTags: Number.MAX_SAFE_INTEGER, // the depth was checked
    transformTagName: mark,
    entityDecoder: new EntityDecoder({}), // the five entities of XML and numbers, nothing of HTML
  });
  try {
    return parser.parse(source);
  } catch {
    throw xmlError("the document is not well-formed"); // the library's own message quotes it
  }
}

// Called twice for an element that closes itself.
function mark(name: string): string {
  return name.startsWith(MARK) ? name : MARK + name;
}

/** The content of the root as the value that JSON would have given; `maps` are the elements that are never lists. */
export function readTree(
  tree: readonly XmlNode[],
  maps: ReadonlySet<string>,
): unknown {
  const root = tree.find((node) => !(TEXT in node));
  return root === undefined ? "" : readElement(root, maps);
}

function readElement(node: XmlNode, maps: ReadonlySet<string>): unknown {
  const { name, children } = elementOf(node);
  const members = new Map<string, unknown[]>();
  let text = "";
  for (const child of children) {
    if (TEXT in child) text += child[TEXT];
    else append(members, elementOf(child).name, readElement(child, maps));
  }
  if (members.size > 0) {
    if (text.trim() !== "") throw xmlError("text stands between elements");
    return readMembers(members, maps.has(name));
  }
  return maps.has(name) && text.trim() === "" ? {} : text;
}

function readMembers(members: Map<string, unknown[]>, isMap: boolean): unknown {
  const items = members.get("item");
  if (items && members.size === 1 && !isMap) return items;
  // Makes own members whatever their names, as `JSON.parse` does.
  return Object.fromEntries(
    Array.from(members, ([name, all]) => [name, all.length > 1 ? all : all[0]]),
  );
}

function append(
  members: Map<string, unknown[]>,
  name: string,
  value: unknown,
): void {
  const all = members.get(name);
  if (all) all.push(value);
  else members.set(name, [value]);
}

function elementOf(node: XmlNode): { name: string; children: XmlNode[] } {
  const [tag = MARK] = Object.keys(node);
  return { name: tag.slice(MARK.length), children: node[tag] as XmlNode[] };
}
