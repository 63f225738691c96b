import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { ConfigInvalid } from '../errors.ts';

export type Path = readonly (string | number)[];

/** A YAML text, read, with the way back from a key to its line. */
export interface YamlText {
  readonly value: unknown;
  /** The line of a key, or of the nearest thing around it that the text has. */
  lineOf(path: Path): number;
}

/** What the parser found wrong, by its code: its own sentences can quote the text, which may hold a secret. */
const WRONG: Record<string, string> = {
  DUPLICATE_KEY: 'a key stands here twice; remove one',
  TAB_AS_INDENT: 'a tab indents this line; use spaces',
  MULTIPLE_DOCS: 'a second document begins here; keep one, and remove the --- line',
  MISSING_CHAR: 'a quote or bracket is not closed, or the indentation does not fit; is the text half-written?',
  BAD_INDENT: 'a bracket is not closed, or the indentation does not fit; is the text half-written?',
  BLOCK_AS_IMPLICIT_KEY:
    'a key stands where a value was going on; check the indentation, or quote a text that holds ": "',
  MULTILINE_IMPLICIT_KEY: 'a line has no colon behind its key, or a quote is not closed; is the text half-written?',
  BAD_ALIAS: 'an alias has no name; write *name',
  BAD_SCALAR_START: 'a text begins with a character that YAML keeps for itself; quote the text',
  RESOURCE_EXHAUSTION: 'the text is nested too deeply; no setting needs that',
};

/**
 * Reads YAML 1.2 (so JSON too): one document, no tags of its own, aliases within bounds.
 * @param place - what stands before the line in messages: a file name, or the variable or flag that held the text
 * @throws ConfigInvalid
 */
export function readYaml(text: string, place: (line: number) => string): YamlText {
  const fail: Fail = (line, why) => {
    throw new ConfigInvalid(`${place(line)}: ${why}`);
  };
  if (/[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text))
    fail(1, 'is not text; write YAML in UTF-8');
  try {
    return parse(text, fail);
  } catch (error) {
    if (error instanceof RangeError) fail(1, 'is nested too deeply; no setting needs that');
    throw error;
  }
}

type Fail = (line: number, why: string) => never;

function parse(text: string, fail: Fail): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong)
    fail(lineAt(wrong.pos[0]), WRONG[wrong.code] ?? 'is not YAML from here on; check the line and the one above');
  visit(document, {
    Alias: (_, alias) => {
      if (!alias.resolve(document))
        fail(lineAt(alias.range?.[0] ?? 0), 'an alias names nothing above it; write the value');
    },
    Pair: (_, { key }) => {
      const line = lineAt((isNode(key) && key.range?.[0]) || 0);
      if (!isScalar(key) || key.value === null) return fail(line, 'a key is not a plain text; write key: value');
      if (key.value === '__proto__') return fail(line, 'no key has this name; remove it');
      // A name stays as it is written: the user 007 is not the user 7.
      if (typeof key.value !== 'string' && key.source !== undefined) key.value = key.source;
      return undefined;
    },
  });
  const root: Node | null = document.contents;
  return {
    value: toValue(() => document.toJS({ maxAliasCount: 100 }), fail),
    lineOf: (path) => lineAt(findOffset(root, path)),
  };
}

/** An alias that holds itself would make a circle: written out as JSON it shows. */
function toValue(read: () => unknown, fail: Fail): unknown {
  try {
    const value = read();
    return value === undefined ? null : JSON.parse(JSON.stringify(value));
  } catch {
    return fail(1, 'its aliases repeat too much, or hold themselves; write the values out');
  }
}

/** Where a key begins, as far as the path leads. */
function findOffset(root: Node | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of path) {
    if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = (isNode(node) && node.range?.[0]) || offset;
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (!pair) return offset;
      offset = (isNode(pair.key) && pair.key.range?.[0]) || offset;
      node = pair.value;
    } else return offset;
    if (isAlias(node)) return offset;
  }
  return offset;
}
