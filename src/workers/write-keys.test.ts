import { expect, it } from 'vitest';
import { forEachPurpose, type KeySet } from '../app/keys.ts';
import { openingWith, readKeys, writeKeys } from './write-keys.ts';

const NONE: Parameters<typeof forEachPurpose>[0] = {
  ...{ session: 0, device: 0, job: 0, handoff: 0, assertion: 0, pending: 0, refresh: 0, vouched: 0, embed: 0 },
};
const of = (...kids: string[]): KeySet =>
  forEachPurpose(NONE, (_none, purpose) => kids.map((kid) => ({ kid: `${purpose} ${kid}`, key: Buffer.from(kid) })));
const kids = (keys: KeySet): string[] => keys.session.map(({ kid }) => kid);

it('keys are the same when they have been written and read', () => {
  expect(readKeys(JSON.parse(JSON.stringify(writeKeys(of('b', 'a')))))).toEqual(of('b', 'a'));
});

it('a new key opens before it seals, and one that goes does not go before that', () => {
  const between = openingWith(of('b', 'a'), of('c', 'b'));
  expect(kids(between)).toEqual(['session b', 'session a', 'session c']);
  expect(kids(openingWith(of('a'), of('a')))).toEqual(['session a']);
});
