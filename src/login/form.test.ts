import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { BadBody, UnsupportedBody } from '../errors.ts';
import { isOwnPost, readFields } from './form.ts';

const ORIGIN = 'https://dash.example.com';
const FORM = 'application/x-www-form-urlencoded';
const sent = (headers: Record<string, string>, body?: unknown): Request =>
  ({ headers, body }) as Partial<Request> as Request;

describe('a POST acts for the person', () => {
  it.each<[string, boolean, Record<string, string>]>([
    ['our own form', true, { origin: ORIGIN, 'content-type': FORM }],
    ['our own form in a new browser', true, { origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'content-type': FORM }],
    ['a program that sends JSON', true, { 'content-type': 'application/json' }],
    ['a form of another site', false, { origin: 'https://evil.example.com', 'content-type': FORM }],
    ['a form from nowhere', false, { origin: 'null', 'content-type': FORM }],
    ['a form that does not say from where', false, { 'content-type': FORM }],
    ['JSON of another site', false, { origin: 'https://evil.example.com', 'content-type': 'application/json' }],
    ['text that looks like JSON', false, { 'content-type': 'text/plain' }],
    [
      'JSON with a parameter, as a form can be made to send',
      false,
      { 'content-type': 'application/json; charset=utf-8' },
    ],
    ['no body at all', false, {}],
    ['a sibling domain', false, { origin: ORIGIN, 'sec-fetch-site': 'same-site', 'content-type': FORM }],
    ['our origin over http', false, { origin: 'http://dash.example.com', 'content-type': FORM }],
    ['our origin with a path', false, { origin: `${ORIGIN}/`, 'content-type': FORM }],
  ])('of %s: %s', (_who, expected, headers) => {
    expect(isOwnPost(sent(headers), ORIGIN)).toBe(expected);
  });
});

describe('the fields of a form', () => {
  const read = (body: unknown, type = FORM) => readFields(sent({ 'content-type': type }, body), ['user', 'password']);

  it('are texts; what is absent is absent, what else there is is passed over', () => {
    expect(read({ user: 'mica', password: '', other: 'x' })).toEqual({ user: 'mica', password: '' });
    expect(read(undefined)).toEqual({});
    expect(read(Object.create({ user: 'inherited' }))).toEqual({});
    expect(read({ user: 'mica' }, 'application/json; charset=utf-8')).toEqual({ user: 'mica' });
  });

  it.each([[{ user: ['a', 'b'] }], [{ user: 1 }], [{ password: null }], [{ user: {} }], [[]], ['text']])(
    'are refused: %j',
    (body) => {
      expect(() => read(body)).toThrow(BadBody);
    },
  );

  it('are not looked for in what is neither a form nor JSON', () => {
    expect(() => read({}, 'multipart/form-data; boundary=x')).toThrow(UnsupportedBody);
  });
});
