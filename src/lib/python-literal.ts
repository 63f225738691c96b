/** What a Python literal says, in our terms: a tuple is a list, and a dict has texts for keys. */
export type Literal = null | boolean | number | string | readonly Literal[] | ReadonlyMap<string, Literal>;

/** Longer, and deeper, than anybody writes by hand. */
const LONGEST = 64 * 1024;
const DEEPEST = 20;

const NUMBER = /[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_]\w*/y;
const CONSTANTS = new Map([
  ['None', null],
  ['True', true],
  ['False', false],
]);
const ESCAPES = new Map(
  Object.entries({ '\\': '\\', "'": "'", '"': '"', n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' }),
);

/**
 * Reads what `ast.literal_eval` of Python reads, as far as settings need it: dicts with texts for keys, lists, tuples, texts,
 * numbers, True, False and None. Whatever it reads, Python reads alike; what is rarer is refused, rather than guessed at.
 * @returns why not and where (characters from 1), where it is not such a literal; no word of the text, which may be a secret
 */
export function readPythonLiteral(text: string): { readonly value: Literal } | { readonly why: string } {
  if (text.length > LONGEST) return { why: `is longer than ${LONGEST} characters` };
  const reader = new Reader(text);
  try {
    return { value: reader.whole() };
  } catch (error) {
    if (error instanceof NotOne) return { why: error.message };
    throw error;
  }
}

class NotOne extends Error {}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Literal {
    this.#skip(/[ \t]*/y);
    const value = this.#value(0);
    this.#skip(/[ \t]*[\r\n]*/y);
    if (this.#at < this.#text.length) throw this.#not('has something behind its end');
    return value;
  }

  #not(why: string): NotOne {
    return new NotOne(`${why} (at character ${this.#at + 1})`);
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #blank(): void {
    this.#skip(/[ \t\r\n]*/y);
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #value(depth: number): Literal {
    if (depth > DEEPEST) throw this.#not(`is more than ${DEEPEST} deep`);
    const next = this.#text[this.#at] ?? '';
    if (next === '{') return this.#dict(depth);
    if (next === '[') return this.#items(']', depth).list;
    if (next === '(') {
      // Parentheses alone make no tuple.
      const { list, hasComma } = this.#items(')', depth);
      return list.length === 1 && !hasComma ? (list[0] ?? null) : list;
    }
    if (next === "'" || next === '"') return this.#string(next);
    const number = this.#skip(NUMBER);
    return number === '' ? this.#named() : this.#number(number);
  }

  #dict(depth: number): ReadonlyMap<string, Literal> {
    const found = new Map<string, Literal>();
    this.#at++;
    for (;;) {
      this.#blank();
      if (this.#takes('}')) return found;
      const key = this.#value(depth + 1);
      if (typeof key !== 'string') throw this.#not('has a key that is not a text in quotes');
      if (found.has(key)) throw this.#not('has a key twice');
      this.#blank();
      if (!this.#takes(':')) throw this.#not('has a key without a colon behind it');
      this.#blank();
      found.set(key, this.#value(depth + 1));
      this.#blank();
      if (this.#takes('}')) return found;
      if (!this.#takes(',')) throw this.#not('lacks a comma or }');
    }
  }

  #items(end: string, depth: number): { list: Literal[]; hasComma: boolean } {
    const list: Literal[] = [];
    let hasComma = false;
    this.#at++;
    for (;;) {
      this.#blank();
      if (this.#takes(end)) return { list, hasComma };
      list.push(this.#value(depth + 1));
      this.#blank();
      if (this.#takes(end)) return { list, hasComma };
      if (!this.#takes(',')) throw this.#not(`lacks a comma or ${end}`);
      hasComma = true;
    }
  }

  #number(text: string): number {
    const value = Number(text);
    const isWhole = /^[+-]?\d+$/.test(text);
    if (!Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value))) throw this.#not('has a number too large');
    if (/[\w.]/.test(this.#text[this.#at] ?? '')) throw this.#not('has a number in a form that is not read here');
    return value;
  }

  #named(): Literal {
    const word = this.#skip(WORD);
    const quote = this.#text[this.#at] ?? '';
    if (/^[uUrR]$/.test(word) && (quote === "'" || quote === '"')) return this.#string(quote, /[rR]/.test(word));
    const constant = CONSTANTS.get(word);
    if (constant !== undefined) return constant;
    throw this.#not('has something that is no dict, list, tuple, text, number, True, False or None');
  }

  #string(quote: string, isRaw = false): string {
    this.#at++;
    let found = '';
    for (;;) {
      const char = this.#text[this.#at] ?? '';
      if (char === '' || (char !== '\t' && /[\p{Cc}]/u.test(char)))
        throw this.#not('has a text without its last quote');
      this.#at++;
      if (char === quote) break;
      if (char === '\\' && isRaw) throw this.#not('has a backslash in a raw text, which is not read here');
      found += char === '\\' ? this.#escape() : char;
    }
    // A third quote, or a second text beside the first.
    this.#beside();
    return found;
  }

  #beside(): void {
    const before = this.#at;
    this.#blank();
    if (/['"]|[A-Za-z]/.test(this.#text[this.#at] ?? '')) throw this.#not('has two texts without a comma between them');
    this.#at = before;
  }

  #escape(): string {
    const char = this.#text[this.#at++] ?? '';
    const plain = ESCAPES.get(char);
    if (plain !== undefined) return plain;
    const length = { x: 2, u: 4, U: 8 }[char];
    const hex = length === undefined ? '' : this.#text.slice(this.#at, this.#at + length);
    const code = hex.length === length && /^[0-9a-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : -1;
    // Half of a pair is a character of its own to Python.
    if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
      throw this.#not('has an escape that is not read here');
    this.#at += hex.length;
    return String.fromCodePoint(code);
  }
}
