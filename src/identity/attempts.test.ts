import { beforeEach, describe, expect, it } from 'vitest';
import type { PasswordFinding, Person } from '../directories/directory.ts';
import { type Attempt, type Attempts, createAttemptMemory, createAttempts } from './attempts.ts';

let now: number;
let attempts: Attempts;
let checked: number;
const clock = { nowMs: () => now };
const personOf = (user: string): Person => ({
  ...{ sub: `file:${user}`, user, name: user, email: '', groups: [], allowedResources: [] },
});
const WRONG: PasswordFinding = { kind: 'wrong', reason: 'bad-password' };

beforeEach(() => {
  now = 1_800_000_000_000;
  checked = 0;
  attempts = make();
});

const make = (isLimited = true): Attempts =>
  createAttempts({
    memory: createAttemptMemory(),
    clock,
    isLimited,
    longestWaitMs: 900_000,
    shared: [{ kind: 'net', family: 'ipv4', address: '192.0.2.0', bits: 24 }],
  });

const by = (user: string, address = '203.0.113.9', device: string | null = null): Attempt => ({
  ...{ user, address, device: () => device },
});

const guess = (attempt: Attempt, found: PasswordFinding = WRONG) =>
  attempts.make(attempt, async () => {
    checked++;
    return found;
  });
const enter = (attempt: Attempt) => guess(attempt, { kind: 'right', person: personOf(attempt.user) });

async function guessOften(attempt: Attempt, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await guess(attempt);
}

describe('one name', () => {
  it('waits after five failures, whatever the addresses they came from, and is not checked meanwhile', async () => {
    for (let i = 0; i < 5; i++) await guess(by('mica', `203.0.113.${i}`));
    expect(await guess(by('mica'))).toEqual({ kind: 'delayed', retryAfterSec: 1 });
    expect(await enter(by('mica'))).toEqual({ kind: 'delayed', retryAfterSec: 1 });
    expect(checked).toBe(5);
    now += 1000;
    expect(await guess(by('mica'))).toEqual(WRONG);
    expect(await guess(by('mica'))).toEqual({ kind: 'delayed', retryAfterSec: 2 });
  });

  it('does not wait for the failures of another', async () => {
    await guessOften(by('mica'), 9);
    expect((await enter(by('mike'))).kind).toBe('right');
  });

  it('begins anew after a right password', async () => {
    await guessOften(by('mica'), 4);
    await enter(by('mica'));
    await guessOften(by('mica', '198.51.100.1'), 4);
    expect((await enter(by('mica', '198.51.100.1'))).kind).toBe('right');
  });

  it('is counted at the start of a check, so that guesses at once are counted too', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => guess(by('mica'))));
    expect(all.filter(({ kind }) => kind === 'wrong')).toHaveLength(5);
    expect(checked).toBe(5);
  });

  it('does not wait for what could not be checked', async () => {
    for (let i = 0; i < 9; i++) {
      await expect(attempts.make(by('mica'), () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    }
    expect((await enter(by('mica'))).kind).toBe('right');
  });

  // Authelia CVE-2025-24806, CVE-2026-47203
  it('waits under its other names too, where a directory knows one user by several', async () => {
    const asMica = { kind: 'wrong', reason: 'bad-password', user: 'mica' } as const;
    for (let i = 0; i < 5; i++) await guess(by(`alias ${i}`), asMica);
    expect((await guess(by('mica'))).kind).toBe('delayed');
    expect((await guess(by('alias 9'), { kind: 'right', person: personOf('mica') })).kind).toBe('delayed');
    expect((await guess(by('alias 10'), asMica)).kind).toBe('delayed');
  });
});

describe('who has been here before', () => {
  it('does not wait for strangers, from the same address as before', async () => {
    await enter(by('mica'));
    await guessOften(by('mica', '198.51.100.1'), 30);
    expect((await guess(by('mica', '198.51.100.1'))).kind).toBe('delayed');
    expect((await enter(by('mica'))).kind).toBe('right');
  });

  it('does not wait for strangers, on the same device as before', async () => {
    await guessOften(by('mica'), 30);
    expect((await guess(by('mica'))).kind).toBe('delayed');
    expect((await enter(by('mica', '198.51.100.1', 'laptop'))).kind).toBe('right');
  });

  it('has no more guesses than a stranger', async () => {
    await enter(by('mica'));
    await guessOften(by('mica'), 5);
    expect((await guess(by('mica'))).kind).toBe('delayed');
    await guessOften(by('mica', '203.0.113.9', 'laptop'), 5);
    expect((await guess(by('mica', '203.0.113.9', 'laptop'))).kind).toBe('delayed');
  });

  it('is the same user only', async () => {
    await enter(by('mica'));
    await guessOften(by('mike', '198.51.100.1'), 9);
    expect((await guess(by('mike'))).kind).toBe('delayed');
  });
});

describe('one address', () => {
  const spray = async (address: string, times: number) => {
    const found = [];
    for (let i = 0; i < times; i++) found.push(await guess(by(`bogus ${i}`, address)));
    return found.filter(({ kind }) => kind === 'wrong').length;
  };

  it('has fifty failures, then ten a minute, whatever the names', async () => {
    expect(await spray('203.0.113.9', 80)).toBe(50);
    let more = 0;
    for (let sec = 0; sec < 600; sec++, now += 1000) {
      if ((await guess(by(`later ${sec}`))).kind === 'wrong') more++;
    }
    expect(more).toBeGreaterThan(80);
    expect(more).toBeLessThan(120);
  });

  it('is 64 bits of IPv6', async () => {
    let seen = 0;
    for (let i = 0; i < 80; i++) if ((await guess(by(`bogus ${i}`, `2001:db8::${i}`))).kind === 'wrong') seen++;
    expect(seen).toBe(50);
    expect((await enter(by('mica', '2001:db8:0:1::1'))).kind).toBe('right');
  });

  it('that is flooded lets in who has been here before, by address or by device', async () => {
    await enter(by('mica'));
    await spray('203.0.113.9', 80);
    expect((await enter(by('mica'))).kind).toBe('right');
    expect((await enter(by('mike', '203.0.113.9', 'laptop'))).kind).toBe('right');
    expect((await enter(by('nora'))).kind).toBe('delayed');
    now += 10_000;
    expect((await enter(by('nora'))).kind).toBe('right');
  });

  it('is not made free to guess by a right password now and then', async () => {
    let wrong = 0;
    for (let i = 0; i < 100; i++) {
      await enter(by('mallory'));
      if ((await guess(by(`bogus ${i}`))).kind === 'wrong') wrong++;
    }
    expect(wrong).toBe(50);
  });

  it.each(['127.0.0.1', '::1', 'unix', '192.0.2.7'])('%s speaks for many, and is not counted', async (address) => {
    expect(await spray(address, 80)).toBe(80);
    expect((await enter(by('nora', address))).kind).toBe('right');
  });
});

it('strangers cannot take every place in the queue of hashes', async () => {
  const { promise, resolve } = Promise.withResolvers<PasswordFinding>();
  const flood = Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => attempts.make(by(`bogus ${i}`, 'unix'), () => promise)),
  );
  expect((await enter(by('mica', 'unix', 'laptop'))).kind).toBe('right');
  expect((await enter(by('mica', 'unix'))).kind).toBe('right');
  await expect(enter(by('mike', 'unix'))).rejects.toThrow('32 passwords');
  resolve(WRONG);
  const settled = await flood;
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(32);
  expect((await enter(by('mike', 'unix'))).kind).toBe('right');
});

it('without limits nothing waits', async () => {
  attempts = make(false);
  await guessOften(by('mica'), 100);
  expect(await attempts.mustWait(by('mica'))).toBeNull();
  expect((await enter(by('mica'))).kind).toBe('right');
});
