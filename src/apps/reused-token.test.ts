import { expect, it } from 'vitest';
import { type Identity, nobody } from '../identity/identity.ts';
import { reuseTokens } from './reused-token.ts';

const clock = { nowMs: () => 1_000_000 };
const who = (user: string, bytes: number): Identity => ({
  ...nobody,
  sub: `file:${user}`,
  user,
  groups: ['x'.repeat(bytes)],
});

/** Makes tokens as long as what goes into them. @returns what was made, by user */
function counted() {
  const made: string[] = [];
  const token = reuseTokens(
    ({ user, groups }) => [user, ...groups],
    async ({ user, groups }) => {
      made.push(user);
      return groups.join();
    },
    clock,
  );
  return { made, token };
}

it('makes one for whoever asks again', async () => {
  const { made, token } = counted();
  for (const user of ['mica', 'mike', 'mica', 'mike']) await token(who(user, 100));
  expect(made).toEqual(['mica', 'mike']);
});

it('keeps no more than some megabytes, however long the lists of people are', async () => {
  const { made, token } = counted();
  const all = Array.from({ length: 100 }, (_, at) => `u${at}`);
  for (const user of all) await token(who(user, 1024 * 1024));
  made.length = 0;
  for (const user of all.toReversed()) await token(who(user, 1024 * 1024));
  // Those of last are there, and as many as fit.
  expect(made.length).toBeGreaterThan(80);
  expect(made.length).toBeLessThan(100);
});
