import { describe, expect, it } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { fill } from './template.ts';
import { Written, word } from './text.ts';

describe('word', () => {
  it.each([
    ['dash.example.com', 'dash.example.com'],
    ['/run/a.sock', '/run/a.sock'],
    ['[::1]:443', '[::1]:443'],
    ['', '""'],
    ['a b', '"a b"'],
    ['a;b', '"a;b"'],
    ['a{b}#c', '"a{b}#c"'],
    ['a"b', '"a\\"b"'],
    ['a\\b', '"a\\\\b"'],
    ["a'b", `"a'b"`],
    ['~^x', '"~^x"'],
  ])('%s is written %s', (text, written) => expect(word(text)).toBe(written));

  it('puts variables of ours behind a text, within its quotes', () => {
    expect(word('/a b/', '$request_uri')).toBe('"/a b/$request_uri"');
    expect(word('/a/', '$rest')).toBe('/a/$rest');
  });

  it.each(['$host', 'a\nb', 'a\r', '\0', '\x7f', '\u2028'])('refuses %j, which nginx has no way to hold', (text) => {
    expect(() => word(text)).toThrow(ConfigInvalid);
  });
});

describe('fill', () => {
  it('escapes a value, and leaves written text as it is', () => {
    expect(fill('a {{x}} {{y}};\n', { x: '1; 2', y: new Written('$y') }).text).toBe('a "1; 2" $y;\n');
  });

  it('indents text of several lines like the name that stood alone, and leaves no empty line for none', () => {
    expect(
      fill('{\n    {{x}}\n    {{y}}\n}\n', { x: new Written('a;\nb {\n    c;\n}\n'), y: new Written('') }).text,
    ).toBe('{\n    a;\n    b {\n        c;\n    }\n}\n');
  });

  it('throws where a name has no value, or a value no name', () => {
    expect(() => fill('{{x}}', {})).toThrow('asks for x');
    expect(() => fill('', { x: 1 })).toThrow('no place for x');
  });

  it('does not read a value for names of its own', () => {
    expect(fill('{{x}} {{y}}', { x: '{{y}}', y: 'secret' }).text).toBe('"{{y}}" secret');
  });
});
