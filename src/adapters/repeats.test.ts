import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { anIdentity, aRequest, compiled } from '../../test/support/a-request.ts';
import type { Adapter, Verdict } from './adapter.ts';
import type { Observed } from './answer.ts';
import { createRepeats } from './repeats.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 17:00:00 GMT\r\nContent-Length: 0\r\n\r\n';
const dateless = (text: string | null) => text?.replace(/Date: [^\r]*/, 'Date: …') ?? null;
const head = (...lines: string[]) => `GET / HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const PEER = '127.0.0.1';

const allowed: Verdict = {
  decision: { kind: 'allow', identity: anIdentity('mica'), reason: 'granted' },
  ...{ setCookies: [], who: 'file:mica', isSignIn: false, again: () => true },
};
const basis = (by: 'cookie' | 'basic') => ({ by, session: {} as never });

interface Asked {
  readonly verdict?: Verdict;
  readonly request?: Parameters<typeof aRequest>[1];
  readonly way?: Adapter<never>['way'];
  readonly lines?: readonly string[];
  readonly answer?: string;
}

/** Has a request answered, and what it was answered kept, if it may be. */
function asked({ verdict = allowed, request = {}, way = 'nginx', lines = ['Host: a'], answer = ANSWER }: Asked = {}) {
  const observed: Observed[] = [];
  const repeats = createRepeats((each) => observed.push(each));
  const incoming = new IncomingMessage(new Socket());
  for (const line of lines) {
    const [name = '', value] = line.split(/: ?/, 2);
    const key = name.toLowerCase();
    incoming.headers[key] = key in incoming.headers ? `${incoming.headers[key]}, ${value}` : value;
  }
  const response = new ServerResponse(incoming);
  const adapter: Adapter<ServerResponse> = {
    ...{ way, peerOf: () => PEER, idOf: () => 'id', read: () => 'app-mismatch' },
    ...{ write() {}, mismatch() {}, fail() {} },
  };
  const { headers } = incoming;
  repeats.noting(adapter).write(verdict, aRequest('/', { headers, ...request }), response);
  repeats.keep(head(...lines), PEER, incoming, response, answer);
  return { repeats, observed };
}

it('the same head from the same peer is answered alike, and told of as each other answer is', () => {
  const { repeats, observed } = asked({ lines: ['Host: a', 'X-Request-Id: abcdefgh'] });
  expect(dateless(repeats.again(head('Host: a', 'X-Request-Id: 01234567'), PEER))).toBe(dateless(ANSWER));
  expect(observed).toMatchObject([
    {
      way: 'nginx',
      kind: 'allow',
      reason: 'granted',
      who: 'file:mica',
      isSignIn: false,
      id: '01234567',
      from: '203.0.113.9',
    },
  ]);
  expect(observed[0]?.seconds).toBeGreaterThanOrEqual(0);
});

it.each([
  ['another peer', head('Host: a', 'X-Request-Id: abcdefgh'), '127.0.0.2'],
  ['no id', head('Host: a', 'X-Request-Id: '), PEER],
  ['an id that is none', head('Host: a', 'X-Request-Id: a b c d e f'), PEER],
  ['another order', head('X-Request-Id: abcdefgh', 'Host: a'), PEER],
  ['one thing more', head('Host: a', 'X-Request-Id: abcdefgh', 'A: b'), PEER],
])('%s is not the same', (_what, other, peer) => {
  const { repeats, observed } = asked({ lines: ['Host: a', 'X-Request-Id: abcdefgh'] });
  expect(repeats.again(other, peer)).toBeNull();
  expect(observed).toEqual([]);
});

it.each([
  ['is judged otherwise', () => false],
  [
    'cannot be judged',
    () => {
      throw new Error('the store is lost');
    },
  ],
])('what %s is not answered, and forgotten', (_what, again) => {
  let isGood = true;
  const { repeats } = asked({ verdict: { ...allowed, again: () => isGood || again() } });
  expect(repeats.again(head('Host: a'), PEER)).not.toBeNull();
  isGood = false;
  expect(repeats.again(head('Host: a'), PEER)).toBeNull();
  isGood = true;
  expect(repeats.again(head('Host: a'), PEER)).toBeNull();
});

it('everything is forgotten at once', () => {
  const { repeats } = asked();
  repeats.forget();
  expect(repeats.again(head('Host: a'), PEER)).toBeNull();
});

const { again: _, ...once } = allowed;
it.each<[string, Asked]>([
  ['is judged whole each time', { verdict: once }],
  ['is refused', { verdict: { ...allowed, decision: { kind: 'challenge', reason: 'no-credentials' } } }],
  ['is asked for a refusal', { way: 'refuse' }],
  ['brings a new cookie', { verdict: { ...allowed, setCookies: ['a=1'], basis: basis('cookie') } }],
  ['carries a service credential', { request: { app: compiled({ upstreamAuth: 'fixed' }) } }],
  [
    'carries a password',
    {
      request: { app: compiled({ upstreamAuth: 'own' }) },
      lines: ['Authorization: x'],
      verdict: { ...allowed, basis: basis('basic') },
    },
  ],
  ['carries what is not ours', { lines: ['Authorization: x'], verdict: { ...allowed, basis: basis('cookie') } }],
  ['says its id', { lines: ['X-Request-Id: abcdefgh'], answer: ANSWER.replace('Length', 'abcdefgh') }],
  ['has two ids', { lines: ['X-Request-Id: abcdefgh', 'X-Request-Id: abcdefgh'] }],
  ['has an id in another spelling', { lines: ['X-REQUEST-ID: abcdefgh'] }],
  [
    'has a password in another spelling',
    { lines: ['AUTHORIZATION: x'], verdict: { ...allowed, basis: basis('basic') } },
  ],
  ['is long', { lines: [`A: ${'a'.repeat(9000)}`] }],
  ['has a long answer', { answer: ANSWER.replace('Length', 'a'.repeat(9000)) }],
  ['ends its connection', { answer: ANSWER.replace('Content-Length: 0', 'Connection: close') }],
])('what %s is not kept', (_what, given) => {
  const { repeats } = asked(given);
  expect(repeats.again(head(...(given.lines ?? ['Host: a'])), PEER)).toBeNull();
});

it('Basic brings its one cookie each time', () => {
  const verdict = { ...allowed, setCookies: ['a=1'], basis: basis('basic') };
  const { repeats } = asked({ verdict, lines: ['Authorization: Basic x'] });
  expect(repeats.again(head('Authorization: Basic x'), PEER)).not.toBeNull();
  expect(repeats.again(head('Authorization: Basic y'), PEER)).toBeNull();
});
