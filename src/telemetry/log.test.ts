import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { createLog, errorFields, type LogOptions } from './log.ts';

function record(options: Partial<LogOptions> = {}, isTTY = false) {
  let written = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const log = createLog({ level: 'info', format: 'json', stream: Object.assign(stream, { isTTY }), ...options });
  return {
    log,
    lines: () =>
      written
        .trimEnd()
        .split('\n')
        .filter((line) => line !== ''),
  };
}

describe('a log', () => {
  it('is JSON, one line a record, with the time in UTC', () => {
    const { log, lines } = record();
    log.warn('something', { file: 'users.yaml', count: 3, isNew: true, keys: ['a', 'b'], none: undefined });
    expect(lines()).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      ...{ level: 'warn', message: 'something', file: 'users.yaml', count: 3, isNew: true, keys: ['a', 'b'] },
    });
  });

  it.each([
    ['error', ['audit', 'error']],
    ['warn', ['audit', 'error', 'warn']],
    ['info', ['audit', 'error', 'warn', 'info']],
    ['debug', ['audit', 'error', 'warn', 'info', 'debug']],
  ] as const)('at level %s has %j: no level leaves the audit out', (level, expected) => {
    const { log, lines } = record({ level });
    for (const each of ['audit', 'error', 'warn', 'info', 'debug'] as const) log[each]('x');
    expect(lines().map((line) => JSON.parse(line).level)).toEqual(expected);
  });

  it('has no audit where none is wanted', () => {
    const { log, lines } = record({ audit: false });
    log.audit('login');
    expect(lines()).toEqual([]);
  });

  it.each([
    ['auto', true, false],
    ['auto', false, true],
    ['text', false, false],
    ['json', true, true],
  ] as const)('in format %s, on a terminal %s, is JSON: %s', (format, isTTY, isJson) => {
    const { log, lines } = record({ format }, isTTY);
    log.info('x', { a: 'b' });
    expect(lines()[0]?.startsWith('{')).toBe(isJson);
  });

  it.each(['json', 'text'] as const)(
    'as %s lets no value begin a line of its own, colour a terminal, or be endless',
    (format) => {
      const { log, lines } = record({ format });
      log.audit('login', { who: 'a\r\nlevel=audit\u001b[31m\u009b31m\u0085\u2028"\u007f', keys: ['x\ny'] });
      log.info('long', { a: 'x'.repeat(10_000), list: Array.from({ length: 1000 }, () => 'y'.repeat(1000)) });
      expect(lines()).toHaveLength(2);
      expect(lines().join('')).not.toMatch(/[\p{Cc}\u2028]/u);
      expect(lines()[0]).toContain('\\u001b[31m\\u009b31m\\u0085\\u2028');
      expect(lines()[1]?.length).toBeLessThan(15_000);
    },
  );
});

describe('an error in the log', () => {
  it('of ours has its code, message and cause, and no stack', () => {
    const error = new StoreUnavailable('the store is down', {
      cause: new Error('it failed', { cause: new Error('disk full') }),
    });
    expect(errorFields(error)).toEqual({
      error: 'the store is down',
      code: 'ERR_STORE_UNAVAILABLE',
      cause: 'disk full',
    });
  });

  it('that nobody foresaw has its stack', () => {
    expect(errorFields(new TypeError('bug'))).toMatchObject({
      error: 'bug',
      stack: expect.stringContaining('log.test.ts'),
    });
    expect(errorFields('thrown')).toEqual({ error: 'something that is no error was thrown' });
  });
});
