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
