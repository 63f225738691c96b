import { randomBytes } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { ProviderUnavailable, StoreUnavailable } from '../errors.ts';
import { createMemoryRefresh, type RefreshShelf } from '../session/refresh-shelf.ts';
import type { Session } from '../session/session.ts';
import { sealToken } from './kept-token.ts';
import type { Provider, Renewal, Tokens, Told } from './provider.ts';
import { createRenewals, toldAtBegin } from './renewals.ts';

const EVERY_MS = 60_000;
const START_SEC = 1_800_000_000;
const SESSION: Session = {
  ...{ sub: 'corp:mica', name: 'Mica', email: '', groups: ['hr'], allowedResources: [], amr: ['fed'] },
  ...{ authTimeSec: 0, beganSec: START_SEC, jti: 'a', writtenSec: START_SEC, endsSec: START_SEC + 28_800 },
  provider: { issuer: 'https://login.example.com', sid: null, user: null, isRechecked: true },
};
const NEW: Told = { ...toldAtBegin(SESSION), groups: [] };

const by = (refreshToken: string, accessEndsSec: number | null = null): Tokens => ({
  ...{ accessToken: `a-${refreshToken}`, accessEndsSec, refreshToken, idToken: null },
});

let nowMs: number;
let shown: string[];
let revoked: string[];
let over: string[];
let answer: (refreshToken: string) => Promise<Renewal>;
let shelf: RefreshShelf;

const keys = [{ kid: 'k', key: randomBytes(32) }];
const none = async (): Promise<never> => {
  throw new TypeError('nobody asks for this');
};
const provider: Provider = {
  ...{ id: 'corp', name: 'Corp', issuer: 'https://login.example.com', isDown: () => false, admits: () => true },
  ...{ probe: none, begin: none, finish: none, readLogoutToken: none, signOutAt: none },
  renew({ refreshToken }) {
    shown.push(String(refreshToken));
    return answer(String(refreshToken));
  },
  async revoke({ refreshToken }) {
    revoked.push(String(refreshToken));
  },
};
const open = (through = shelf) =>
  createRenewals({
    ...{ provider, shelf: through, keys: () => keys, clock: { nowMs: () => nowMs } },
    onOver: ({ jti }) => over.push(jti),
    onChanged: () => {},
    config: { id: 'corp', timeoutMs: 1000, recheckMs: EVERY_MS, recheckGraceMs: EVERY_MS },
  });

beforeEach(() => {
  nowMs = START_SEC * 1000;
  [shown, revoked, over] = [[], [], []];
  answer = async () => ({ kind: 'renewed', tokens: by(`r${shown.length}`), told: NEW });
  shelf = createMemoryRefresh({ nowMs: () => nowMs });
});

it('an access token that has run out is asked for anew, once for all who want it', async () => {
  const [one, other] = [open(), open()];
  await one.keep(SESSION, by('r0', START_SEC + 60));
  expect((await one.tokens(SESSION))?.accessToken).toBe('a-r0');
  nowMs += 40_000;
  const asked = await Promise.all([one.tokens(SESSION), other.tokens(SESSION), one.tokens(SESSION)]);
  expect(asked.map((tokens) => tokens?.accessToken)).toEqual(['a-r1', 'a-r1', 'a-r1']);
  expect(shown).toEqual(['r0']);
});

it('an access token that has run out, and cannot be asked for anew, is not handed out', async () => {
  const one = open();
  await one.keep(SESSION, { ...by('', START_SEC + 60), refreshToken: null });
  nowMs += 40_000;
  expect(await one.tokens(SESSION)).toMatchObject({ accessToken: null, idToken: null });
  expect(shown).toEqual([]);
});

it('two of them on one store ask once, and both know what was said', async () => {
  const [one, other] = [open(), open()];
  await one.keep(SESSION, by('r0'));
  nowMs += EVERY_MS;
  expect(await Promise.all([one.told(SESSION), other.told(SESSION), one.told(SESSION)])).toEqual([NEW, NEW, NEW]);
  expect(shown).toEqual(['r0']);
});

it('a token that came with an answer that says nothing is kept all the same', async () => {
  const renewals = open();
  await renewals.keep(SESSION, by('r0'));
  nowMs += EVERY_MS;
  answer = async () => ({ kind: 'renewed', tokens: by('r1'), told: new ProviderUnavailable('no user info') });
  await expect(renewals.told(SESSION)).rejects.toBeInstanceOf(ProviderUnavailable);
  answer = async () => ({ kind: 'renewed', tokens: by('r2'), told: null });
  nowMs += 3000;
  expect(await renewals.told(SESSION)).toEqual(toldAtBegin(SESSION));
  expect(shown).toEqual(['r0', 'r1']);
});

it('a token that could not be written is used the next time', async () => {
  let isFull = true;
  const full = new StoreUnavailable('the disk is full');
  const renewals = open({ ...shelf, replace: async (...at) => (isFull ? Promise.reject(full) : shelf.replace(...at)) });
  await renewals.keep(SESSION, by('r0'));
  nowMs += EVERY_MS;
  expect(await renewals.told(SESSION)).toEqual(NEW);
  isFull = false;
  nowMs += EVERY_MS;
  await renewals.told(SESSION);
  nowMs += EVERY_MS;
  await open().told(SESSION);
  expect(shown).toEqual(['r0', 'r1', 'r2']);
});

it('a session that ends while its provider is asked gets nothing, and the new token is revoked', async () => {
  const renewals = open();
  await renewals.keep(SESSION, by('r0'));
  nowMs += EVERY_MS;
  answer = async () => {
    await shelf.take('a');
    return { kind: 'renewed', tokens: by('r1'), told: NEW };
  };
  expect(await renewals.told(SESSION)).toBeNull();
  expect(revoked).toEqual(['r1']);
  expect(await shelf.read('a')).toBeNull();
});

it('a token that is refused ends the session, once for all who hold it', async () => {
  const [one, other] = [open(), open()];
  await one.keep(SESSION, by('r0'));
  nowMs += EVERY_MS;
  answer = async () => ({ kind: 'over' });
  expect(await Promise.all([one.told(SESSION), other.told(SESSION)])).toEqual([null, null]);
  expect([shown, over]).toEqual([['r0'], ['a']]);
});

it('a session whose token is lost, another’s, or sealed by nobody we know is over when it has to be asked about', async () => {
  const kept = {
    ...{ jti: 'b', sub: 'corp:mica', issuer: provider.issuer, endsSec: SESSION.endsSec, tokens: by('r0') },
    ...{ told: NEW, checkedMs: nowMs },
  };
  expect(await open().told(SESSION)).toEqual(toldAtBegin(SESSION));
  nowMs += EVERY_MS;
  expect(await open().told(SESSION)).toBeNull();
  for (const text of [
    'no token',
    await sealToken(kept, keys),
    await sealToken({ ...kept, jti: 'a' }, [{ kid: 'k', key: randomBytes(32) }]),
  ]) {
    await shelf.put('a', text, SESSION.endsSec);
    expect(await open().told(SESSION)).toBeNull();
  }
  expect(shown).toEqual([]);
});
