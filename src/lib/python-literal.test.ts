import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { needs } from '../../test/support/needs.ts';
import { program } from '../../test/support/programs.ts';
import { type Literal, readPythonLiteral } from './python-literal.ts';

const plain = (value: Literal): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]))
    : Array.isArray(value)
      ? value.map(plain)
      : value;
const read = (text: string): unknown => {
  const found = readPythonLiteral(text);
  return 'value' in found ? plain(found.value) : found.why;
};

it.each<[string, unknown]>([
  [`{'tenant': 'a-b', "scope": ["openid", 'email',]}`, { tenant: 'a-b', scope: ['openid', 'email'] }],
  ['{}', {}],
  ['()', []],
  ['(1)', 1],
  ['(1,)', [1]],
  [' [True, False, None, -1.5e2, .5, 0]\n', [true, false, null, -150, 0.5, 0]],
  [`'O\\'Neil \\x41\\u00e9\\U0001f600'`, "O'Neil Aé😀"],
  [`u"x"`, 'x'],
  ["{'a': {'b': ()}}", { a: { b: [] } }],
])('%s', (text, value) => {
  expect(read(text)).toEqual(value);
});

it.each([
  ...[
    '',
    'x',
    '{a: 1}',
    "{'a' 1}",
    "{'a': 1",
    '[1 2]',
    '{1, 2}',
    "{1: 'a'}",
    "{'a': 1, 'a': 2}",
    "f'{x}'",
    "b'a'",
    "r'a\\n'",
  ],
  ...["'a' 'b'", "'''a'''", "'a\nb'", "'a", "'\\q'", "'\\ud800'", "'\\N{DASH}'", '01', '1j', '0x1', '1_0', '1e999'],
  ...[
    '9007199254740993',
    '__import__("os")',
    '1+1',
    '[1][0]',
    '# a\n1',
    '1 # a',
    '{**{}}',
    '[*()]',
    `${'['.repeat(50)}`,
    'true',
  ],
])('refuses %j without repeating it', (text) => {
  const found = readPythonLiteral(text);
  expect(found).toHaveProperty('why');
});

it('says where, and repeats nothing of a secret', () => {
  expect(read("{'client_secret': s3cret}")).toBe(
    'has something that is no dict, list, tuple, text, number, True, False or None (at character 25)',
  );
});

needs('python')('beside Python', () => {
  const python = (texts: readonly string[]): ({ ok: unknown } | { no: true })[] => {
    const script = `
import ast, json, sys, warnings
warnings.simplefilter('ignore')
def one(text):
    try: return {'ok': ast.literal_eval(text)}
    except Exception: return {'no': True}
def show(found):
    try: return json.dumps(found)
    except Exception: return json.dumps({'no': True})
for text in json.load(sys.stdin): print(show(one(text)))
`;
    const { stdout } = spawnSync(program('python'), ['-c', script], { input: JSON.stringify(texts), encoding: 'utf8' });
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  it('what it reads, ast.literal_eval reads alike, of texts made of the pieces of literals', () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        '(',
        ')',
        ',',
        ':',
        "'",
        '"',
        "'a'",
        '"b"',
        "u'c'",
        '\\',
        '\\n',
        '\\x41',
        '\\u00e9',
        "\\'",
      ],
      ...[
        'None',
        'True',
        'False',
        '1',
        '-',
        '0',
        '.5',
        '1.',
        'e3',
        '+',
        ' ',
        '\t',
        '\n',
        'r',
        'é',
        '_',
        '#',
        ', ',
        ': ',
      ],
    );
    const texts = fc.sample(
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
      4000,
    );
    const theirs = python(texts);
    const wrong = texts.filter((text, i) => {
      const ours = readPythonLiteral(text);
      const their = theirs[i];
      return 'value' in ours && !(their && 'ok' in their && isSame(plain(ours.value), their.ok));
    });
    expect(wrong).toEqual([]);
    expect(texts.filter((text) => 'value' in readPythonLiteral(text)).length).toBeGreaterThan(50);
  });

  it('reads what Python writes of any settings: repr of dicts, lists, texts and numbers', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((each) => !(Math.abs(each) > Number.MAX_SAFE_INTEGER)),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }));
    const values = fc.sample(value, 1000);
    const { stdout } = spawnSync(
      program('python'),
      ['-c', 'import json, sys\nfor each in json.load(sys.stdin): print(json.dumps(repr(each)))'],
      { input: JSON.stringify(values), encoding: 'utf8' },
    );
    const written: string[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const misread = written.filter((text, i) => !isSame(read(text), JSON.parse(JSON.stringify(values[i] ?? null))));
    expect(misread).toEqual([]);
  });
});

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one)?.replaceAll('-0', '0') === JSON.stringify(other)?.replaceAll('-0', '0');
