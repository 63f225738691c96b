import { afterEach, describe, expect, it } from 'vitest';
import { anIdentity, aRequest } from '../../test/support/a-request.ts';
import { ConnectionsFull } from '../errors.ts';
import type { Session } from '../session/session.ts';
import {
  createOpenConnections,
  type EndWhy,
  type OpenConnections,
  type Rejudge,
  type Standing,
} from './open-connections.ts';

const session = (jti: string): Session => ({
  ...{ sub: 'file:mica', name: '', email: '', groups: [], allowedResources: [], amr: [] },
  ...{ authTimeSec: 1, jti, writtenSec: 1, endsSec: 2 },
});

let connections: OpenConnections;
let dead: Set<string>;
let told: string[];
let nowMs: number;
const create = (options: { most?: number; lookEveryMs?: number } = {}): void => {
  dead = new Set();
  told = [];
  nowMs = 0;
  connections = createOpenConnections({
    isLive: ({ jti }) => !dead.has(jti),
    clock: { nowMs: () => nowMs },
    onEnd: (_connection, why) => void told.push(why),
    lookEveryMs: 1_000_000,
    ...options,
  });
};
afterEach(() => connections.close());

/** Opens one. @returns what it is told, in turn */
function open(jti: string | null): { ends: EndWhy[]; ended: Promise<EndWhy>; unfollow: () => void } {
  const ends: EndWhy[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<EndWhy>();
  const unfollow = connections.follow({
    ...{ request: aRequest('/'), identity: anIdentity('mica'), route: '' },
    basis: jti === null ? null : { session: session(jti), by: 'cookie' },
    end(why) {
      ends.push(why);
      resolve(why);
    },
  });
  return { ends, ended, unfollow };
}
const STAYS: Standing = { standing: 'stays', untilSec: Number.POSITIVE_INFINITY };
const all =
  (standing: EndWhy | 'stays'): Rejudge =>
  async () =>
    standing === 'stays' ? STAYS : { standing };

describe('what is open', () => {
  it('is judged anew when something changes, and by the newest rules', async () => {
    create();
    const [one, two] = [open('a'), open(null)];
    connections.judgeBy(all('reconnect'));
    expect(await Promise.all([one.ended, two.ended])).toEqual(['reconnect', 'reconnect']);
    expect(told).toEqual(['reconnect', 'reconnect']);
  });

  it('is told at once where its session was over before it was opened', () => {
    create();
    dead.add('a');
    expect([open('a').ends, open('b').ends, told]).toEqual([['over'], [], ['over']]);
    expect(connections.size).toBe(2);
  });

  it('ends before anything is asked where its session is over', async () => {
    create();
    const asked: unknown[] = [];
    connections.judgeBy((connection) => {
      asked.push(connection);
      return new Promise(() => {});
    });
    const [one, other] = [open('a'), open('b')];
    dead.add('a');
    connections.rejudge();
    expect(await one.ended).toBe('over');
    expect(other.ends).toEqual([]);
  });

  it('ends by time too, without an event', async () => {
    create({ lookEveryMs: 5 });
    connections.judgeBy(all('stays'));
    const [one, other] = [open('a'), open('b')];
    dead.add('a');
    expect(await one.ended).toBe('over');
    expect(other.ends).toEqual([]);
  });

  it('is judged again when its proof is as old as it may be, and not before', async () => {
    create({ lookEveryMs: 5 });
    let asked = 0;
    connections.judgeBy(async () => {
      asked++;
      return nowMs < 60_000 ? { standing: 'stays', untilSec: 60 } : { standing: 'over' };
    });
    const one = open('a');
    await expect.poll(() => asked, { interval: 5 }).toBe(1);
    nowMs = 59_999;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([asked, one.ends]).toEqual([1, []]);
    nowMs = 60_000;
    expect(await one.ended).toBe('over');
  });

  it('is judged once more after it began, as what changed just before was told too early for it', async () => {
    create({ lookEveryMs: 5 });
    connections.judgeBy(all('over'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await open('a').ended).toBe('over');
  });

  it('does not wait for another that cannot be found out about; that one ends when the answer is an error', async () => {
    create();
    const { promise, reject } = Promise.withResolvers<Standing>();
    const [slow, quick] = [open('slow'), open('quick')];
    connections.judgeBy(({ basis }) =>
      basis?.session.jti === 'slow' ? promise : Promise.resolve({ standing: 'over' } as const),
    );
    expect(await quick.ended).toBe('over');
    expect(slow.ends).toEqual([]);
    reject(new Error('the directory is down'));
    expect(await slow.ended).toBe('reconnect');
  });

  it('is judged again when something changed while it was being judged', async () => {
    create();
    const answers = [Promise.withResolvers<Standing>(), Promise.withResolvers<Standing>()];
    let asked = 0;
    const one = open('a');
    connections.judgeBy(() => answers[asked++]?.promise ?? Promise.resolve(STAYS));
    await expect.poll(() => asked, { interval: 5 }).toBe(1);
    connections.rejudge();
    await new Promise((resolve) => setTimeout(resolve, 150));
    answers[0]?.resolve(STAYS);
    answers[1]?.resolve({ standing: 'over' });
    expect(await one.ended).toBe('over');
  });

  it('is told nothing once it has ended by itself', async () => {
    create();
    const [one, other] = [open('a'), open('b')];
    one.unfollow();
    expect(connections.size).toBe(1);
    connections.judgeBy(all('over'));
    await other.ended;
    expect(one.ends).toEqual([]);
  });

  it('is never more than can be followed', () => {
    create({ most: 2 });
    const one = open('a');
    open('b');
    expect(() => open('c')).toThrow(ConnectionsFull);
    one.unfollow();
    open('c');
  });

  it('is judged in time, ten thousand of them, while others get their turns', async () => {
    create();
    connections.judgeBy(all('stays'));
    const many = Array.from({ length: 10_000 }, (_, index) => open(`${index}`));
    connections.judgeBy(all('over'));
    let turns = 0;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    let isOver = false;
    count();
    await Promise.all(many.map(({ ended }) => ended));
    isOver = true;
    expect(turns).toBeGreaterThan(5);
  });
});
