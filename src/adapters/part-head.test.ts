import { expect, it } from 'vitest';
import { partHead } from './part-head.ts';

const head = (...lines: string[]) => `GET / HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

it.each([
  [['Host: a'], null, false],
  [['X-Request-Id: abcdefgh', 'Host: a'], 'abcdefgh', false],
  [['Host: a', 'x-request-id: abc-DEF_0123'], 'abc-DEF_0123', false],
  [['X-Request-Id: short'], null, false],
  [[`X-Request-Id: ${'a'.repeat(65)}`], null, false],
  [['X-Request-Id: abcdefgh '], null, false],
  [['X-Request-Id: abcd\nefgh'], null, false],
  [['X-Request-Id: abcd\0efgh'], null, false],
  [['X-Request-Id:abcdefgh'], null, false],
  [['Authorization: Basic x'], null, true],
  [['authorization: Basic x', 'X-Request-Id: abcdefgh'], 'abcdefgh', true],
])('%j', (lines, id, isSecret) => {
  expect(partHead(head(...lines))).toMatchObject({ id, isSecret });
});

it('leaves all but the id, so that heads that differ in more differ', () => {
  const { rest } = partHead(head('X-Request-Id: abcdefgh', 'Host: a'));
  expect(rest).toBe(head('X-Request-Id: ', 'Host: a'));
  expect(partHead(head('X-Request-Id: 01234567', 'Host: a')).rest).toBe(rest);
  expect(partHead(head('X-Request-Id: abcdefgh', 'X-Request-Id: abcdefgh')).rest).toContain('abcdefgh');
});
