import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOwnPaths, DEFAULT_PREFIX } from './own-paths.ts';
import { parseTarget } from './target.ts';

describe('what is below the prefix', () => {
  it.each([DEFAULT_PREFIX, '/gate', '/a/b', '/a.b~c-d_e'])('%s: itself and all below it, in any case', (prefix) => {
    const own = createOwnPaths(prefix);
    for (const path of [prefix, `${prefix}/`, `${prefix}/login`, prefix.toUpperCase(), `${prefix.toUpperCase()}/Login`])
      expect([path, own.has(path)]).toEqual([path, true]);
    for (const path of ['/', `${prefix}x`, `/x${prefix}/`, prefix.slice(0, -1), `${prefix.slice(0, -1)}/login`])
      expect([path, own.has(path)]).toEqual([path, false]);
  });

  it.each([DEFAULT_PREFIX, '/gate', '/a.b~c-d_e'])('%s has no other spelling: each is no target at all', (prefix) => {
    const letters = [...prefix.slice(1)];
    for (const [at, letter] of letters.entries()) {
      const hidden = `%${letter.charCodeAt(0).toString(16)}`;
      const spelled = `/${letters.with(at, hidden).join('')}/login`;
      expect(() => parseTarget(spelled, 'dash.example.com'), spelled).toThrow('percent-encoding');
    }
    for (const spelled of [`/${prefix}/login`, `${prefix}//login`, `/x/..${prefix}/login`, `/.${prefix}/login`])
      expect(() => parseTarget(spelled, 'dash.example.com'), spelled).toThrow();
  });
});

it('is spelled in no other file’s code, so that another prefix is the prefix everywhere', () => {
  const src = join(import.meta.dirname, '..');
  const files = globSync('**/*.ts', { cwd: src }).filter((file) => !file.endsWith('.test.ts'));
  const spelling = files.filter((file) => codeOf(readFileSync(join(src, file), 'utf8')).includes(DEFAULT_PREFIX));
  expect(spelling).toEqual([join('lib', 'own-paths.ts')]);
});

/** Less comments, and less strings that people read: those of several words, or with Markdown's marks of code. */
const codeOf = (text: string): string =>
  text
    .replace(/^\s*\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*[ `](?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*[ `](?:[^"\\\n]|\\.)*"/g, '');
