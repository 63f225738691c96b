import { expect, it } from 'vitest';
import { cookieOf, type Gate, PASSWORDS, startGate, type User } from '../support/gate.ts';

// oauth2-proxy CVE-2026-34454: the old cookie stayed through the sign-in page; authcrunch CVE-2024-21495: weak randomness.

const signIn = (gate: Gate, user: User, cookie: string, password: string = PASSWORDS[user]) =>
  gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Cookie: cookie },
    body: JSON.stringify({ user, password }),
  });
const status = async (gate: Gate, cookie: string) => (await gate.ask('/x', { headers: { Cookie: cookie } })).status;

it('a login gives a new session, and ends the one that the browser had', async () => {
  await using gate = await startGate();
  const first = await gate.signIn('nora');
  for (const user of ['nora', 'mica'] as const) {
    const before = await gate.signIn('nora');
    const after = cookieOf(await signIn(gate, user, before));
    expect(after).not.toBe(before);
    expect(await status(gate, before)).toBe(401);
    expect(await status(gate, after)).toBe(200);
  }
  expect(await status(gate, first)).toBe(200);
  await gate.restart();
  expect(await status(gate, first)).toBe(200);
});

it('a login that fails ends it too: nobody goes on as somebody else by mistake', async () => {
  await using gate = await startGate();
  for (const password of ['wrong', '']) {
    const before = await gate.signIn('nora');
    const answer = await signIn(gate, 'mica', before, password);
    expect(cookieOf(answer)).toBe('');
    expect(answer.headers.getSetCookie().join()).toContain('dashgate=; Max-Age=0');
    expect(await status(gate, before)).toBe(401);
  }
});

it('a session that somebody planted is not the one that is signed in', async () => {
  await using gate = await startGate();
  const planted = await gate.signIn('nora');
  for (const cookie of [
    planted,
    'dashgate=planted',
    `${planted}; dashgate=planted`,
    'dashgate.0=planted; dashgate.1=x',
  ]) {
    const answer = await signIn(gate, 'mica', cookie);
    const own = cookieOf(answer);
    expect(own).not.toContain('planted');
    const who = await gate.ask('/_dashgate/session', { headers: { Cookie: own } });
    expect(JSON.parse(who.body).user).toBe('mica');
  }
  expect(await status(gate, planted)).toBe(401);
});

it('no two sessions are alike, and a login has one cookie of each name', async () => {
  await using gate = await startGate();
  const cookies = await Promise.all(Array.from({ length: 30 }, () => gate.signIn('mica')));
  expect(new Set(cookies).size).toBe(30);
  // The nonces of AES-GCM may never repeat under one key.
  expect(new Set(cookies.map((cookie) => cookie.split('.')[2])).size).toBe(30);
  const answer = await signIn(gate, 'mica', 'dashgate=old; dashgate.0=old');
  const set = answer.headers.getSetCookie().filter((line) => /^dashgate=./.test(line) && !line.includes('Max-Age=0'));
  expect(set).toHaveLength(1);
});
