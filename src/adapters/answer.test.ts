import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { anIdentity, aRequest } from '../../test/support/a-request.ts';
import { BadTarget, StoreUnavailable } from '../errors.ts';
import type { Adapter, Verdict } from './adapter.ts';
import { answer, type Judge, type Observed } from './answer.ts';

let reply: string[];
let seen: Observed[];
let unwritten: string[];
beforeEach(() => {
  reply = [];
  seen = [];
  unwritten = [];
});

const adapter: Adapter<string[]> = {
  way: 'proxy',
  peerOf: () => '192.0.2.1',
  idOf: () => 'an-id-1',
  read: () => aRequest('/hr'),
  write: ({ decision }, _request, to) => void to.push(`wrote ${decision.kind}`),
  mismatch: (_incoming, to) => void to.push('mismatch'),
  fail: (error, _incoming, to) =>
    void to.push(`failed ${error instanceof Error ? error.message : 'by what is no error'}`),
};
const verdict: Verdict = {
  decision: { kind: 'allow', identity: anIdentity('mica'), reason: 'granted' },
  setCookies: [],
  who: 'file:mica',
  isSignIn: false,
};
const judge: Judge = async () => verdict;
const run = (by: Adapter<string[]> = adapter, judged: Judge = judge): Promise<void> =>
  answer(
    by,
    judged,
    (observed) => void seen.push(observed),
    (_error, id) => void unwritten.push(id),
  )(new IncomingMessage(new Socket()), reply);
const throws = (error: unknown) => () => {
  throw error;
};

describe('a request is', () => {
  it('read, judged and written, and told of once', async () => {
    await run();
    expect(reply).toEqual(['wrote allow']);
    expect(seen).toMatchObject([
      { way: 'proxy', kind: 'allow', reason: 'granted', who: 'file:mica', request: { id: 'request-1' } },
    ]);
    expect(seen[0]?.seconds).toBeGreaterThanOrEqual(0);
  });

  it('refused where the front named another app', async () => {
    await run({ ...adapter, read: () => 'app-mismatch' });
    expect(reply).toEqual(['mismatch']);
    expect(seen).toMatchObject([{ kind: 'deny', reason: 'app-mismatch', request: null }]);
  });

  it.each<[string, Adapter<string[]>, Judge, string]>([
    ['it cannot be read', { ...adapter, read: throws(new BadTarget('bad')) }, judge, 'ERR_BAD_TARGET'],
    [
      'nobody can find out who it is',
      adapter,
      async () => throws(new StoreUnavailable('down'))(),
      'ERR_STORE_UNAVAILABLE',
    ],
    ['there is a bug in judging', adapter, async () => throws(new TypeError('bug'))(), 'ERR_INTERNAL'],
    ['something is thrown that is no error', adapter, async () => throws('x')(), 'ERR_INTERNAL'],
  ])('refused, and never let through, where %s', async (_what, by, judged, reason) => {
    await run(by, judged);
    expect(reply).toHaveLength(1);
    expect(reply[0]).toMatch(/^failed /);
    expect(seen).toMatchObject([{ kind: 'error', reason, id: 'an-id-1', from: expect.any(String) }]);
  });

  it('refused, and told of once, where its answer cannot be written', async () => {
    await run({ ...adapter, write: throws(new TypeError('bug')) });
    expect(reply).toEqual(['failed bug']);
    expect(seen).toHaveLength(1);
    expect(unwritten).toEqual(['an-id-1']);
  });

  it('cut off where not even a refusal can be written, and the process goes on', async () => {
    const incoming = new IncomingMessage(new Socket());
    const fails = { ...adapter, write: throws(new TypeError('bug')), fail: throws(new TypeError('worse')) };
    await answer(
      fails,
      judge,
      () => {},
      (_error, id) => void unwritten.push(id),
    )(incoming, reply);
    expect(incoming.socket.destroyed).toBe(true);
    expect(unwritten).toEqual(['an-id-1']);
  });
});

const waits = { kind: 'wait', reason: 'too-many-attempts', retryAfterSec: 1 } as const;
it.each<[string, Judge, string[]]>([
  ['says to come back later', async () => ({ ...verdict, decision: waits }), ['wrote wait']],
  ['cannot be found out for now', async () => throws(new StoreUnavailable('down'))(), ['failed down']],
])('is written without a hurry where it %s, and soon where not', async (_what, judged, written) => {
  const held: (() => void)[] = [];
  const pace = { soon: (task: () => void) => task(), unhurried: (task: () => void) => void held.push(task) };
  const runAt = (by: Judge) =>
    answer(
      adapter,
      by,
      (observed) => void seen.push(observed),
      () => {},
      pace,
    )(new IncomingMessage(new Socket()), reply);
  await runAt(judged);
  expect([reply, seen.length]).toEqual([[], 1]);
  await runAt(judge);
  expect(reply).toEqual(['wrote allow']);
  for (const task of held) task();
  expect(reply).toEqual(['wrote allow', ...written]);
});
