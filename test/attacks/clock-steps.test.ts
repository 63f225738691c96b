import { expect, it } from 'vitest';
import { createSqliteStore } from '../../src/session/store-sqlite.ts';
import { tempDir } from '../support/temp-dir.ts';

// A machine that comes up with a wrong clock, hours ahead, until it has heard of the right time.

const START = 1_800_000_000;
const HOUR = 3600;
const mica = (jti: string) => ({ jti, sub: 'file:mica', beganSec: START });

it('what was ended stays so through a time in which the clock was half a day ahead, with and without a restart', async () => {
  await using dir = await tempDir();
  let now = START;
  const open = () =>
    createSqliteStore({ file: dir.file('dashgate.db'), clock: { nowMs: () => now * 1000 }, lookEveryMs: 5 });
  const store = open();
  store.revoke('a', START + 8 * HOUR);
  now += 12 * HOUR;
  // Something that makes it tidy up.
  store.revoke('b', now + HOUR);
  now = START;
  await expect.poll(() => store.isRevoked(mica('a')), { timeout: 5000, interval: 5 }).toBe(true);
  store.close();
  const next = open();
  expect([next.isRevoked(mica('a')), next.isRevoked(mica('c'))]).toEqual([true, false]);
  next.close();
});
