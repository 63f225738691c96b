import { expect, it } from 'vitest';
import { errorReply, wantsJson, writeReply } from './reply.ts';

const XML = { accept: '*/*' };
const JSON_ = { accept: 'application/json' };
const within = (body: string): string => /<tsResponse [^>]*>(.*)<\/tsResponse>$/.exec(body)?.[1] ?? '';

it('writes one answer in both forms, as Tableau has them', () => {
  const info = { serverInfo: { productVersion: { value: '1.2', build: '3' }, restApiVersion: '3.27' } };
  expect(within(writeReply(info, XML).body)).toBe(
    '<serverInfo><productVersion build="3">1.2</productVersion><restApiVersion>3.27</restApiVersion></serverInfo>',
  );
  expect(JSON.parse(writeReply(info, JSON_).body)).toEqual(info);
  expect(within(writeReply(errorReply('signInFailed', 16), XML).body)).toBe(
    '<error code="401001"><summary>Signin Error</summary><detail>Error signing in to Tableau Server (16)</detail></error>',
  );
  expect(JSON.parse(writeReply(errorReply('badToken'), JSON_).body).error.code).toBe('401002');
});

it('lets no name break out of its place', () => {
  const reply = { session: { user: { name: '"><x a=\'&\n\u0000\ud800' } } };
  expect(within(writeReply(reply, XML).body)).toBe(
    '<session><user name="&quot;&gt;&lt;x a=&apos;&amp;&#10;\ufffd\ufffd"></user></session>',
  );
});

it.each([
  ['application/json', true],
  ['text/html, Application/JSON;q=0.9', true],
  ['application/xml', false],
  ['application/jsonp', false],
  [undefined, false],
])('%s asks for JSON: %s', (accept, is) => {
  expect(wantsJson(accept === undefined ? {} : { accept })).toBe(is);
});
