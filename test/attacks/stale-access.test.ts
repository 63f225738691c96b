import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { basic, basicOf, cookieOf, type Gate, startGate, userLine, usersFile } from '../support/gate.ts';

// Pomerium CVE-2021-41230, Authelia GHSA-x883, authentik CVE-2025-53942, -64521, -64708: what was taken away stayed.

async function writeUsers(gate: Gate, text: string): Promise<void> {
  const before = gate.logText().split(/users(?: file|\.yaml):? reloaded/).length;
  await gate.dir.write('users.yaml', text);
  await expect
    .poll(() => gate.logText().split(/users(?: file|\.yaml):? reloaded/).length, { timeout: 10_000 })
    .toBeGreaterThan(before);
}

const status = async (gate: Gate, headers: Record<string, string>, path = '/x'): Promise<number[]> => [
  (await gate.ask(path, { headers })).status,
  (await gate.verify(path, { headers })).status,
];

describe('a users file that says otherwise', () => {
  it('a removed user is refused everywhere, by cookie and by password, and stays so when the name comes back', async () => {
    await using gate = await startGate();
    const Authorization = basicOf('mike');
    const Cookie = await gate.signIn('mike');
    const ofBasic = cookieOf(await gate.ask('/x', { headers: { Authorization } }));
    await writeUsers(gate, await usersFile({ mike: null }));
    for (const headers of [{ Cookie }, { Cookie: ofBasic }, { Authorization }]) {
      expect(await status(gate, headers)).toEqual([401, 401]);
    }
    expect((await gate.ask('/_dashgate/session', { headers: { Cookie } })).status).toBe(401);
    await expect(gate.signIn('mike')).rejects.toThrow('401');
    await writeUsers(gate, await usersFile());
    for (const headers of [{ Cookie }, { Cookie: ofBasic }]) expect(await status(gate, headers)).toEqual([401, 401]);
    await gate.restart();
    for (const headers of [{ Cookie }, { Cookie: ofBasic }]) expect(await status(gate, headers)).toEqual([401, 401]);
  });

  it('a changed password ends the sessions of the old one, and what was remembered of it', async () => {
    const before = await usersFile();
    await using gate = await startGate({ users: before });
    const Authorization = basicOf('mike');
    const Cookie = await gate.signIn('mike');
    const others = await gate.signIn('nora');
    const ofBasic = cookieOf(await gate.ask('/x', { headers: { Authorization } }));
    await writeUsers(gate, before.replace(/^ {2}mike:.*\n/m, await userLine('mike', 'another-Kd3')));
    for (const headers of [{ Cookie }, { Cookie: ofBasic }, { Authorization }]) {
      expect(await status(gate, headers)).toEqual([401, 401]);
    }
    expect(await status(gate, { Authorization: basic('mike', 'another-Kd3') })).toEqual([200, 200]);
    expect(await status(gate, { Cookie: others })).toEqual([200, 200]);
  });

  it('grants that are given or taken count at the next request', async () => {
    const before = await usersFile();
    await using gate = await startGate({ users: before });
    const Cookie = await gate.signIn('hanna');
    const Authorization = basicOf('hanna');
    expect(await status(gate, { Cookie }, '/hr')).toEqual([200, 200]);
    expect(await status(gate, { Authorization }, '/hr')).toEqual([200, 200]);
    await writeUsers(gate, before.replace('allowed_resources: [hr]', 'allowed_resources: [sales]'));
    expect(await status(gate, { Cookie }, '/hr')).toEqual([403, 403]);
    expect(await status(gate, { Authorization }, '/hr')).toEqual([403, 403]);
    expect(await status(gate, { Cookie }, '/x')).toEqual([200, 200]);
  });

  it.each([
    ['half a file', (text: string) => text.slice(0, text.length - 60)],
    ['no file to speak of', () => ''],
    ['no YAML', () => 'users: [\n'],
    ['no users', () => 'users: {}\n'],
    ['a hash that is none', (text: string) => text.replace('$argon2id', '$argon2x')],
    ['a user twice', (text: string) => `${text}${text.split('\n')[1]}\n`],
    ['something that is not text', () => Buffer.from([0xff, 0xfe, 0x00])],
    [
      'the demo’s password',
      (text: string) => text.replace(/mica: \{ password: "[^"]+"/, `mica: { password: "${DEMO}"`),
    ],
  ])('%s: the old one stays in force', async (_what, spoil) => {
    await using gate = await startGate();
    const Cookie = await gate.signIn('mike');
    const good = await readFile(gate.dir.file('users.yaml'), 'utf8');
    await gate.dir.write('users.yaml', spoil(good));
    const line = await gate.logged(/users(?: file|\.yaml): the new version is refused, the old one stays in force/);
    expect(line).toContain('users.yaml');
    expect(line).not.toContain('$argon2id$v=19$m=8');
    expect(await status(gate, { Cookie })).toEqual([200, 200]);
    expect(await status(gate, { Authorization: basicOf('mica') }, '/hr')).toEqual([200, 200]);
    expect(await status(gate, { Authorization: basic('mica', '1234') }, '/hr')).toEqual([401, 401]);
    expect(await status(gate, {}, '/hr')).toEqual([401, 401]);
  });
});

/** mica, 1234 */
const DEMO = '$argon2id$v=19$m=19456,t=2,p=1$1inM7ilfn1IOQQnNd85rEQ$a9S+pEdpGY0ks+znJW3yeMZsU9EnOoGZG/iD5HuDf6k';

describe('a configuration that says otherwise', () => {
  it('grants count at once, for sessions and for passwords that are remembered', async () => {
    await using gate = await startGate({ grants: { users: { nora: ['hr'] } } });
    const Cookie = await gate.signIn('nora');
    const Authorization = basicOf('nora');
    expect(await status(gate, { Cookie }, '/hr')).toEqual([200, 200]);
    expect(await status(gate, { Authorization }, '/hr')).toEqual([200, 200]);
    await gate.reconfigure({ grants: {} });
    expect(await status(gate, { Cookie }, '/hr')).toEqual([403, 403]);
    expect(await status(gate, { Authorization }, '/hr')).toEqual([403, 403]);
    await gate.reconfigure({ grants: { users: { nora: ['wiki/hr'] } } });
    expect(await status(gate, { Cookie }, '/hr')).toEqual([403, 403]);
    await gate.reconfigure({ grants: { users: { nora: ['sales/hr'] } } });
    expect(await status(gate, { Cookie }, '/hr')).toEqual([200, 200]);
  });

  it('a rule that is added guards at once, and an app that is gone is gone', async () => {
    await using gate = await startGate();
    const Cookie = await gate.signIn('nora');
    expect(await status(gate, { Cookie }, '/pay')).toEqual([200, 200]);
    const sales = { name: 'sales', at: '/', upstream: '$UPSTREAM' };
    await gate.reconfigure({ apps: [{ ...sales, resources: [{ resource: 'hr', paths: ['/pay'] }] }] });
    expect(await status(gate, { Cookie }, '/pay')).toEqual([403, 403]);
    await gate.reconfigure({ apps: [{ ...sales, at: '/elsewhere/' }] });
    expect(await status(gate, { Cookie }, '/pay')).toEqual([404, 403]);
  });

  it('a kind of credential that is no longer taken is refused, and the password goes nowhere', async () => {
    await using gate = await startGate();
    const Authorization = basicOf('nora');
    expect(await status(gate, { Authorization })).toEqual([200, 200]);
    await gate.reconfigure({ apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', credentials: ['cookie'] }] });
    expect(await status(gate, { Authorization })).toEqual([401, 401]);
    const Cookie = await gate.signIn('nora');
    expect(await status(gate, { Cookie })).toEqual([200, 200]);
    await gate.reconfigure({ apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', credentials: ['basic'] }] });
    expect(await status(gate, { Cookie })).toEqual([401, 401]);
  });

  it('one that cannot be used leaves the old one in force', async () => {
    await using gate = await startGate();
    const logo = { login: { logo_file: '$DIR/nothing.svg' } };
    await expect(gate.reconfigure(logo)).rejects.toThrow('nothing.svg');
    expect(await status(gate, {}, '/hr')).toEqual([401, 401]);
    expect(await status(gate, { Authorization: basicOf('hanna') }, '/hr')).toEqual([200, 200]);
  });
});

describe('a session that is over', () => {
  it('is refused to the second, also with a cookie that was opened before', async () => {
    await using gate = await startGate({ session: { lifetime: '60s' } });
    const Cookie = await gate.signIn('mica');
    expect(await status(gate, { Cookie })).toEqual([200, 200]);
    gate.advance(58_000);
    expect(await status(gate, { Cookie })).toEqual([200, 200]);
    gate.advance(2_000);
    expect(await status(gate, { Cookie })).toEqual([401, 401]);
    const answer = await gate.ask('/x', { headers: { Cookie } });
    expect(answer.headers.getSetCookie().join()).toContain('dashgate=; Max-Age=0');
  });

  it('does not come back by a clock that is set back, once it was ended', async () => {
    await using gate = await startGate();
    const Cookie = await gate.signIn('mica');
    await gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie, 'Content-Type': 'application/json' } });
    for (const ms of [-60_000, -3600_000, 9 * 3600_000, -9 * 3600_000]) {
      gate.advance(ms);
      expect(await status(gate, { Cookie }), `${ms}`).toEqual([401, 401]);
    }
  });

  it('a Basic credential that is remembered gets a new session before the old one is over', async () => {
    await using gate = await startGate({ session: { lifetime: '60s' } });
    const headers = { Authorization: basicOf('mica') };
    const first = cookieOf(await gate.ask('/x', { headers }));
    gate.advance(31_000);
    const second = cookieOf(await gate.ask('/x', { headers }));
    expect(second).not.toBe(first);
    gate.advance(31_000);
    expect(await status(gate, { Cookie: first })).toEqual([401, 401]);
    expect(await status(gate, { Cookie: second })).toEqual([200, 200]);
  });
});
