import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { BadHeaders } from '../errors.ts';
import { refuseRepeated, requestIdOf } from './incoming.ts';

const withId = (id: string | undefined): IncomingMessage => {
  const incoming = { headers: { 'x-request-id': id } };
  return incoming as Partial<IncomingMessage> as IncomingMessage;
};

it.each([
  'host',
  'Authorization',
  'ORIGIN',
  'x-original-uri',
  'x-original-method',
  'x-forwarded-host',
  'x-dashgate-app',
  'sec-fetch-site',
])('a request is refused that says %s twice, in whatever letters', (name) => {
  expect(() => refuseRepeated([name, 'a', 'accept', 'x', name.toLowerCase(), 'a'])).toThrow(BadHeaders);
  expect(() => refuseRepeated([name, 'a', 'accept', 'x', 'accept', 'x'])).not.toThrow();
});

describe('a request id', () => {
  it.each(['front-42', 'A_b-9abc', 'x'.repeat(64)])('of a front is taken over: %s', (id) => {
    expect(requestIdOf(withId(id))).toBe(id);
  });
  it.each([undefined, '', 'short', 'x'.repeat(65), 'has blank 1', 'line\nbreak', '<script>1'])(
    'is made anew for %j',
    (id) => {
      expect(requestIdOf(withId(id))).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});
