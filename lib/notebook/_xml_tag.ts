/** A tag of XML; values are decoded. */
export interface XmlTag {
  name: string;
  attributes: { name: string; value: string; raw: string }[];
  /** Whether it is an end tag. */
  close: boolean;
  /** Whether it has neither content nor an end tag. */
  empty: boolean;
}

const NAME = /[\p{L}_:][\p{L}\p{N}_:.-]*/uy;
const SPACE = /[ \t\r\n]*/y;
const EQUALS = /[ \t\r\n]*=[ \t\r\n]*/y;
const END = /[ \t\r\n]*\/?>/y;

/**
 * Reads the tag that begins at a place of an XML text.
 *
 * @param xml The text.
 * @param at Where `<` is.
 * @returns The tag and its text.
 * @throws {SyntaxError} When it is not well-formed.
 */
export function readTag(xml: string, at: number): { raw: string; tag: XmlTag } {
  const close = xml[at + 1] === "/";
  const name = take(NAME, xml, at + (close ? 2 : 1));
  const attributes: XmlTag["attributes"] = [];
  for (let end = at + (close ? 2 : 1) + name.length;;) {
    const last = match(END, xml, end);
    if (last !== null) {
      if (close && (attributes.length > 0 || last.includes("/"))) throw malformed();
      return { raw: xml.slice(at, end + last.length), tag: { name, attributes, close, empty: last.includes("/") } };
    }
    const space = take(SPACE, xml, end);
    if (space === "") throw malformed();
    const attribute = readAttribute(xml, end + space.length);
    if (attributes.some(({ name }) => name === attribute.name)) throw malformed();
    attributes.push(attribute);
    end += space.length + attribute.raw.length;
  }
}

function readAttribute(xml: string, at: number): XmlTag["attributes"][number] {
  const name = take(NAME, xml, at);
  const equals = take(EQUALS, xml, at + name.length);
  const from = at + name.length + equals.length;
  const quote = xml[from];
  const to = quote === '"' || quote === "'" ? xml.indexOf(quote, from + 1) : -1;
  const value = xml.slice(from + 1, to);
  if (to < 0 || value.includes("<")) throw malformed();
  return { name, value: decodeXml(value), raw: xml.slice(at, to + 1) };
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function take(pattern: RegExp, text: string, at: number): string {
  const found = match(pattern, text, at);
  if (found === null) throw malformed();
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** A text of XML without entities. */
export function decodeXml(value: string): string {
  if (!value.includes("&")) return value;
  return value.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

function malformed(): SyntaxError {
  return new SyntaxError("its SVG is not well-formed");
}
