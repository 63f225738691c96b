import { afterEach, expect, it, vi } from 'vitest';
import { datedAnswer } from './dated-answer.ts';

const DATE = 'Sun, 22 Nov 2026 17:00:00 GMT';
const answer = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

afterEach(() => void vi.useRealTimers());

it('has the date of now', () => {
  vi.useFakeTimers({ now: Date.UTC(2027, 0, 1) });
  const dated = datedAnswer(answer('A: b', `Date: ${DATE}`, 'C: d'));
  expect(dated?.text()).toBe(answer('A: b', 'Date: Fri, 01 Jan 2027 00:00:00 GMT', 'C: d'));
  vi.setSystemTime(Date.UTC(2027, 0, 1, 0, 0, 1));
  expect(dated?.text()).toBe(answer('A: b', 'Date: Fri, 01 Jan 2027 00:00:01 GMT', 'C: d'));
});

it.each([
  ['no date', answer('A: b')],
  ['another date', answer(`Date: ${DATE}x`)],
  ['another status', answer(`Date: ${DATE}`).replace('200', '401')],
  ['an end', answer(`Date: ${DATE}`, 'Connection: close')],
  ['a body', `${answer(`Date: ${DATE}`, 'Content-Length: 1')}x`],
  ['two answers', answer(`Date: ${DATE}`).repeat(2)],
  ['half of one', answer(`Date: ${DATE}`).slice(0, -2)],
  ['nothing', ''],
])('is none of what has %s', (_what, written) => {
  expect(datedAnswer(written)).toBeNull();
});
