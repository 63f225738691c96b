import { BadBody } from '../errors.ts';
import { isXmlText } from '../lib/xml-text.ts';

/** An element of a request, by the names that stand there. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
}

const DEEPEST = 8;
const MOST_ELEMENTS = 32;
const MOST_ATTRIBUTES = 16;

const DECLARATION =
  /^<\?xml(?:\s+version=(["'])1\.[01]\1)?(?:\s+encoding=(["'])(?:utf-8|us-ascii)\2)?(?:\s+standalone=(["'])(?:yes|no)\3)?\s*\?>/i;
const COMMENT = /<!--(?:(?!--)[\s\S])*-->/y;
const OPENING = /<([A-Za-z_][\w.-]*)/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const CLOSING = /<\/([A-Za-z_][\w.-]*)\s*>/y;
const BLANKS = /\s+/y;

/** What XML itself knows (XML 1.0 §4.6), and by number. */
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/y;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads the requests of Tableau's REST API: elements with attributes, within one another. Less of XML than there is, so that nothing
 * can be meant by it that is not written there: no document type and so no entities, no other instructions, no CDATA, no text, and no
 * prefixes before the names of elements. What an attribute with a colon says (`xmlns:xsi`) is not looked at.
 * @throws BadBody for all else
 */
export function readXml(text: string): Element {
  let at = DECLARATION.exec(text)?.[0].length ?? 0;
  let count = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  const skip = (): void => {
    while (take(BLANKS) || take(COMMENT));
  };
  const element = (depth: number): Element => {
    const [, name] = take(OPENING) ?? [];
    if (name === undefined) throw new BadBody('the XML has something where an element has to begin');
    if (depth > DEEPEST || ++count > MOST_ELEMENTS) throw new BadBody('the XML has too many elements');
    const attributes = new Map<string, string>();
    for (let found = take(ATTRIBUTE); found; found = take(ATTRIBUTE)) {
      const [, key = '', double, single] = found;
      if (attributes.has(key) || attributes.size >= MOST_ATTRIBUTES)
        throw new BadBody('an element has an attribute twice, or too many');
      attributes.set(key, decoded(double ?? single ?? ''));
    }
    const end = take(TAG_END);
    if (!end) throw new BadBody('a tag of the XML does not end');
    const children: Element[] = [];
    if (end[1] === '/') return { name, attributes, children };
    for (skip(); !text.startsWith('</', at); skip()) children.push(element(depth + 1));
    if (take(CLOSING)?.[1] !== name) throw new BadBody('an element of the XML is closed by another name');
    return { name, attributes, children };
  };
  skip();
  const root = element(1);
  skip();
  if (at < text.length) throw new BadBody('the XML has something behind its end');
  return root;
}

/** The value of an attribute, as XML 1.0 §3.3.3 has it. @throws BadBody */
function decoded(written: string): string {
  if (!isXmlText(written)) throw new BadBody('the XML has a character that it may not');
  let value = '';
  for (let at = 0; at < written.length; ) {
    const char = written[at] ?? '';
    if (char !== '&') {
      value += /\s/.test(char) ? ' ' : char;
      at++;
      continue;
    }
    REFERENCE.lastIndex = at;
    const [whole, name, decimal, hex] = REFERENCE.exec(written) ?? [];
    if (whole === undefined) throw new BadBody('the XML has an & that is no character');
    value += name === undefined ? characterOf(decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16)) : NAMED[name];
    at += whole.length;
  }
  return value;
}

/** XML 1.0 §2.2. */
function characterOf(code: number): string {
  const isAllowed =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff));
  if (!isAllowed || code === 0xfffe || code === 0xffff) throw new BadBody('the XML has a character that it may not');
  return String.fromCodePoint(code);
}
