import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DirectoryUnavailable } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { createPool, type PoolOptions } from './pool.ts';

interface Fake extends Connection {
  isOpen: boolean;
  isLostUnanswered: boolean;
}

function stage(options: Partial<PoolOptions> = {}) {
  const opened: Fake[] = [];
  const pool = createPool({
    most: 2,
    mostWaiting: 2,
    mostIdleMs: 60_000,
    async open() {
      const connection: Fake = {
        isOpen: true,
        isLostUnanswered: false,
        bind: async () => 0,
        search: async () => ({ code: 0, entries: [] }),
        close() {
          connection.isOpen = false;
        },
      };
      opened.push(connection);
      return connection;
    },
    ...options,
  });
  return { pool, opened };
}

const never = new AbortController().signal;

describe('a pool of connections', () => {
  it('lends one connection again and again, and to one at a time', async () => {
    const { pool, opened } = stage();
    for (let i = 0; i < 3; i++) await pool.lend(never, async () => {});
    expect(opened).toHaveLength(1);
    let inUse = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 4 }, () =>
        pool.lend(never, async () => {
          most = Math.max(most, ++inUse);
          await setImmediate();
          inUse--;
        }),
      ),
    );
    expect([most, opened.length]).toEqual([2, 2]);
  });

  it('turns away who comes when too many wait, and lets go who waited too long', async () => {
    const { pool } = stage();
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = [1, 2].map(() => pool.lend(never, () => promise));
    const late = new AbortController();
    const waiting = [pool.lend(late.signal, async () => 1), pool.lend(never, async () => 2)];
    await expect(pool.lend(never, async () => 3)).rejects.toBeInstanceOf(DirectoryUnavailable);
    late.abort();
    await expect(waiting[0]).rejects.toThrow('free in time');
    resolve();
    expect(await waiting[1]).toBe(2);
    await Promise.all(busy);
  });

  it('replaces one that was lost while nobody used it, once', async () => {
    const { pool, opened } = stage();
    await pool.lend(never, async () => {});
    let tries = 0;
    const lose = async (connection: Connection): Promise<never> => {
      tries++;
      Object.assign(connection, { isOpen: false, isLostUnanswered: true });
      throw new Error('lost');
    };
    await expect(pool.lend(never, lose)).rejects.toThrow('lost');
    expect([tries, opened.length]).toEqual([2, 2]);
  });

  it('does not ask twice where an answer had begun', async () => {
    const { pool, opened } = stage();
    await pool.lend(never, async () => {});
    const fail = async (): Promise<never> => {
      throw new Error('broken');
    };
    await expect(pool.lend(never, fail)).rejects.toThrow('broken');
    expect(opened).toHaveLength(1);
  });

  it('trusts none that was unused for too long', async () => {
    const { pool, opened } = stage({ mostIdleMs: 0 });
    await pool.lend(never, async () => {});
    await pool.lend(never, async () => {});
    expect(opened.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it('closes what it keeps, and what comes back later', async () => {
    const { pool, opened } = stage();
    const { promise, resolve } = Promise.withResolvers<void>();
    const [, busy] = [await pool.lend(never, async () => {}), pool.lend(never, () => promise)];
    pool.close();
    resolve();
    await busy;
    expect(opened.every(({ isOpen }) => !isOpen)).toBe(true);
    await expect(pool.lend(never, async () => {})).rejects.toBeInstanceOf(DirectoryUnavailable);
  });
});
