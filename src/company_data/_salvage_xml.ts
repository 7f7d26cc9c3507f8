/** What is whole of the rows of an XML page, and what comes after them. */
export interface XmlSalvage {
  /** The complete `<item>` elements, each as it stands. */
  readonly items: readonly string[];
  /** Whether the element around them was seen to its end. */
  readonly closed: boolean;
  /** What comes after the last of them. */
  readonly rest: string;
}

const START = /^\ufeff?\s*(?:<\?xml[^<>]*\?>)?/;
const OTHER_ENCODING = /^\ufeff?\s*<\?xml[^<>]*\sencoding\s*=\s*["'](?!utf-8)/i;
// A comment, CDATA, a closing tag, or an opening one, whose attributes may hold a ">".
const TOKEN =
  /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\/([^\s<>\/!?"']{1,200})\s*>|<([^\s<>\/!?"']{1,200})((?:[^<>"'\/]|"[^<"]*"|'[^<']*'|\/(?!>)){0,2000})(\/?)>/y;
const ROW = "response changes item";
const MOST_DEPTH = 64;

/**
 * The rows of an XML page that are complete, as text, and what comes after the last of them; no rows when the page does
 * not begin as pages do. Knows tags and nesting only; each row is parsed on its own afterwards.
 */
export function completeItems(source: string, most: number): XmlSalvage {
  const items: string[] = [];
  const open: string[] = [];
  let [start, end, closed] = [0, 0, false];
  for (const token of tokensOf(source)) {
    if (items.length === most || open.length > MOST_DEPTH) break;
    if (token.opens !== undefined) {
      open.push(token.opens);
      if (open.join(" ") === ROW) start = token.start;
    }
    if (token.closes === undefined) continue;
    const path = open.join(" ");
    if (open.pop() !== token.closes) break;
    if (path === ROW) {
      items.push(source.slice(start, token.end));
      end = token.end;
    }
    closed = open.length === 0;
  }
  return { items, closed, rest: source.slice(end) };
}

interface Token {
  readonly start: number;
  readonly end: number;
  readonly opens?: string;
  readonly closes?: string;
}

/** The tags in their order, up to the first thing that is none. */
function* tokensOf(source: string): Generator<Token> {
  if (OTHER_ENCODING.test(source)) return;
  let at = START.exec(source)?.[0].length ?? 0;
  for (;;) {
    const start = source.indexOf("<", at);
    if (start === -1) return;
    TOKEN.lastIndex = start;
    const match = TOKEN.exec(source);
    if (!match) return;
    const [text, closing, opening, , slash] = match;
    at = start + text.length;
    const closes = closing ?? (slash ? opening : undefined);
    yield {
      start,
      end: at,
      ...(opening !== undefined && { opens: opening }),
      ...(closes !== undefined && { closes }),
    };
  }
}
