import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { readArguments } from './arguments.ts';

const KNOWN = { output: 'text', whole: 'switch' } as const;
const read = (...args: string[]) => readArguments(args, KNOWN, { takesConfig: true, mostWords: 1 });

describe('the words behind a command', () => {
  it.each([
    [['--output', 'x'], { output: 'x' }, {}, []],
    [['--output=x'], { output: 'x' }, {}, []],
    [['--output='], { output: '' }, {}, []],
    [['--output', '--whole'], null, {}, []],
    [['--whole', 'word'], { whole: true }, {}, ['word']],
    [['--session.lifetime', '4h', 'word'], {}, { 'session.lifetime': '4h' }, ['word']],
    [['--session.lifetime=4h'], {}, { 'session.lifetime': '4h' }, []],
    [['--apps', '[{ name: a }]'], {}, { apps: '[{ name: a }]' }, []],
    [['--state', '-'], {}, { state: '-' }, []],
    [['--', '--whole'], {}, {}, ['--whole']],
    [['--whole=yes'], null, {}, []],
    [['--session.lifetime'], null, {}, []],
    [['--oauth-optional', 'word'], {}, { 'oauth-optional': 'true' }, ['word']],
    [['--oauth-optional=yes'], null, {}, []],
    [
      ['--oauth-guest-endpoints', '/a', '/b', '--whole', 'word'],
      { whole: true },
      { 'oauth-guest-endpoints': '["/a","/b"]' },
      ['word'],
    ],
    [['--oauth-guest-endpoints=/a'], {}, { 'oauth-guest-endpoints': '["/a"]' }, []],
    [['--oauth-guest-endpoints'], {}, { 'oauth-guest-endpoints': '[]' }, []],
    [['--oauth-key', 'x'], {}, { 'oauth-key': 'x' }, []],
    [['a', 'b'], null, {}, []],
    [['-x'], null, {}, []],
    [['--__proto__', 'x'], {}, { ['__proto__']: 'x' }, []],
  ])('%j', (args, options, config, words) => {
    if (options === null) expect(() => read(...args)).toThrow(UsageError);
    else expect(read(...args)).toEqual({ options, config, words });
  });

  it('leave nothing to the configuration where a command takes none', () => {
    expect(() => readArguments(['--session.lifetime', '4h'], KNOWN)).toThrow(/--session\.lifetime is not known here$/);
    expect(() => readArguments(['--outptu', 'x'], KNOWN)).toThrow(/did you mean --output\?/);
  });
});
