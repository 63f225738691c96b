import { expect, it } from 'vitest';
import { createUsedTokens } from '../../src/identity/connected/used-tokens.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMemoryStore } from '../../src/session/store-memory.ts';
import { createSqliteStore } from '../../src/session/store-sqlite.ts';
import { CLIENT, connectedApp, mint, SECRET, SECRET_ID } from '../support/connected.ts';
import { needs } from '../support/needs.ts';
import { openConnected } from '../support/open-connected.ts';
import { openRedis } from '../support/open-redis.ts';
import { startRedis } from '../support/start-redis.ts';
import { tempDir } from '../support/temp-dir.ts';

// RFC 7519 §4.1.7: a token that somebody saw on its way is used up. Wherever it is brought, and however many bring it at once.

const soon = (): number => Math.floor(Date.now() / 1000) + 300;

needs('redis')('a token that is brought to two instances', () => {
  it('at once, again and again, is taken once', async () => {
    await using redis = await startRedis();
    const stores = await Promise.all([1, 2].map(() => openRedis({ url: redis.url })));
    const instances = await Promise.all(
      stores.map((store) => openConnected({ apps: [connectedApp()], once: store.once })),
    );
    for (let round = 0; round < 10; round++) {
      const token = mint();
      const all = Array.from({ length: 10 }, () => instances.map((instance) => instance.codeOf(token))).flat();
      const codes = await Promise.all(all);
      expect(codes.toSorted((a, b) => a - b)).toEqual([0, ...Array(19).fill(10091)]);
    }
    // Nothing of the token stands in Redis, and what does ends with it.
    const names = (await redis.ask('KEYS', '*:once:connected:*')) as string[];
    expect(names).toHaveLength(10);
    for (const name of names) {
      expect(name).toMatch(/:once:connected:[\w-]{43}$/);
      expect(Number(await redis.ask('TTL', name))).toBeLessThanOrEqual(600);
    }
    for (const each of [...instances, ...stores.map((store) => ({ [Symbol.dispose]: store.close }))])
      each[Symbol.dispose]();
  });

  it('is refused while Redis cannot be asked, and one that was used stays used up', async () => {
    await using redis = await startRedis();
    const store = await openRedis({ url: redis.url });
    using instance = await openConnected({ apps: [connectedApp()], once: store.once });
    const [used, other] = [mint(), mint()];
    expect(await instance.codeOf(used)).toBe(0);
    await redis.kill();
    await expect(instance.read(other)).rejects.toThrow(/Redis/);
    expect(await instance.codeOf(used)).toBe(10091);
    expect(instance.logged()).toContain('ERR_STORE_UNAVAILABLE');
    store.close();
  });
});

it('a token that was used is so after a restart, with the store in a file', async () => {
  await using dir = await tempDir();
  const token = mint();
  const file = dir.file('store.db');
  for (const expected of [0, 10091]) {
    const store = createSqliteStore({ file, clock: systemClock });
    using connected = await openConnected({ apps: [connectedApp()], once: store.once });
    expect(await connected.codeOf(token)).toBe(expected);
    store.close();
  }
});

it('two processes with one store in a file take a token once', async () => {
  await using dir = await tempDir();
  const file = dir.file('store.db');
  const stores = [1, 2].map(() => createSqliteStore({ file, clock: systemClock }));
  const two = await Promise.all(stores.map((store) => openConnected({ apps: [connectedApp()], once: store.once })));
  const token = mint();
  const codes = await Promise.all(two.map((connected) => connected.codeOf(token)));
  expect(codes.toSorted((a, b) => a - b)).toEqual([0, 10091]);
  for (const connected of two) connected[Symbol.dispose]();
  for (const store of stores) store.close();
});

it('a token whose clock went back by a minute is still used up', async () => {
  const nowSec = 1_700_000_000;
  using connected = await openConnected({ apps: [connectedApp()], nowSec });
  const token = mint({ nowSec });
  expect(await connected.codeOf(token)).toBe(0);
  connected.at(nowSec + 300);
  expect(await connected.codeOf(token)).toBe(10084);
  connected.at(nowSec - 60);
  expect(await connected.codeOf(token)).toBe(10091);
});

it('nobody uses up the token of another, by the same jti', async () => {
  const secrets = [{ id: 'theirs', value: 'y'.repeat(32) }];
  using connected = await openConnected({ apps: [connectedApp(), connectedApp({ client_id: 'other', secrets })] });
  const jti = 'the-same';
  expect(await connected.codeOf(mint({ claims: { jti }, secret: 'z'.repeat(32) }))).toBe(10084);
  expect(await connected.codeOf(mint({ claims: { jti, sub: 7 } }))).toBe(10084);
  const theirs = { header: { iss: 'other', kid: 'theirs' }, secret: 'y'.repeat(32) };
  expect(await connected.codeOf(mint({ ...theirs, claims: { jti, iss: 'other' } }))).toBe(0);
  expect(await connected.codeOf(mint({ claims: { jti } }))).toBe(0);
  // Whoever it says that it is for, and at whichever door.
  expect(await connected.codeOf(mint({ claims: { jti, sub: 'bob' } }))).toBe(10091);
});

it('whoever takes tokens without end takes no room from others, for as long as these last', async () => {
  let nowMs = 1_700_000_000_000;
  const clock = { nowMs: () => nowMs };
  const store = createMemoryStore({ clock });
  const used = createUsedTokens({ once: store.once, clock, most: 50 });
  const ends = 1_700_000_300;
  for (let i = 0; i < 50; i++) expect(await used.use('greedy', `${i}`, ends)).toBe(true);
  await expect(used.use('greedy', 'more', ends)).rejects.toThrow('greedy: brought 50 tokens');
  expect(await used.use('other', 'one', soon())).toBe(true);
  nowMs += 301_000;
  expect(await used.use('greedy', 'more', ends + 600)).toBe(true);
  store.close();
});

it('tokens of one secret that was replaced are used up under the next one too', async () => {
  const secrets = [
    { id: SECRET_ID, value: SECRET },
    { id: 'next', value: 'n'.repeat(32) },
  ];
  using connected = await openConnected({ apps: [connectedApp({ secrets })] });
  const claims = { jti: CLIENT };
  expect(await connected.codeOf(mint({ claims }))).toBe(0);
  expect(await connected.codeOf(mint({ claims, header: { kid: 'next' }, secret: 'n'.repeat(32) }))).toBe(10091);
});
