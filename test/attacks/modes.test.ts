import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, cookieOf, type Gate, startGate, usersFile } from '../support/gate.ts';
import { ACCESS, LDAP_PASSWORDS, ldapAt, PEOPLE } from '../support/ldap-people.ts';
import { ALL_MODES, logInBy, MODE_GRANTS, SHARED_PASSWORD, sharedFile, startModes, whoIs } from '../support/modes.ts';
import { needs } from '../support/needs.ts';
import { type Slapd, startSlapd } from '../support/start-slapd.ts';

// Whoever only says a name is nobody of that name: authentik CVE-2026-49443 and tinyauth CVE-2026-32246 are of this kind, a
// weaker way in that ended with the rights of the stronger one.

const GRANTS = {
  users: { mica: ['_all_'], 'file:mica': ['_all_'], 'auth-user': ['_all_'], guest: ['_all_'], label: ['_all_'] },
  groups: { label: ['_all_'], 'auth-user': ['_all_'] },
  modes: MODE_GRANTS,
};

const status = async (gate: Gate, path: string, headers: Record<string, string>): Promise<number[]> => [
  (await gate.ask(path, { headers })).status,
  (await gate.verify(path, { headers })).status,
];

describe('a name that nobody checked', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startModes(ALL_MODES, { grants: GRANTS });
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it.each([
    'mica',
    'MICA',
    'Mica',
    'ｍｉｃａ',
    'mı́ca',
    'guest',
    'label',
    'auth-user',
    '_all_',
    'constructor',
    '__proto__',
  ])('gets nothing of the user who has it: %s', async (user) => {
    const answer = await logInBy(gate, { mode: 'auth-user', user });
    const Cookie = cookieOf(answer);
    expect([answer.status, JSON.parse(answer.body).user]).toEqual([200, '']);
    expect(await whoIs(gate, Cookie)).toMatchObject({ user: '', groups: [], allowed_resources: ['sales'], amr: [] });
    expect(await status(gate, '/hr', { Cookie })).toEqual([403, 403]);
    expect(await status(gate, '/x', { Cookie })).toEqual([200, 200]);
    const asked = await gate.verify('/x', { headers: { Cookie } });
    expect([asked.headers.get('x-dashgate-user'), asked.headers.get('x-dashgate-groups')]).toEqual(['', '']);
    expect(decodeURIComponent(asked.headers.get('x-dashgate-name') ?? '')).toMatch(/ \(not verified\)$/);
  });

  it.each([
    'file:mica',
    'label:auth-pass',
    'label:auth-user:mica',
    ':mica',
    'mica:',
    '',
    ' mica',
    'mica ',
    'mi\u200bca',
    'mica\u202e',
    'mica\n',
    'mi\0ca',
    'm'.repeat(65),
  ])('is refused where it could be taken for a sub, or for another: %j', async (user) => {
    const answer = await logInBy(gate, { mode: 'auth-user', user });
    expect([answer.status, cookieOf(answer)]).toEqual([400, '']);
  });

  it('is not taken beside a password, which its sender believes to be checked', async () => {
    for (const fields of [
      { mode: 'auth-user', user: 'mica', password: 'x' },
      { mode: 'auth-none', user: 'mica' },
      { mode: 'auth-none', password: 'x' },
      { mode: 'auth-pass', user: 'mica', password: SHARED_PASSWORD },
    ]) {
      const answer = await logInBy(gate, fields);
      expect([answer.status, cookieOf(answer)]).toEqual([400, '']);
    }
  });

  it('ends nothing of the user who has it, and is not ended with them', async () => {
    const ofUser = await gate.signIn('mica');
    const ofName = cookieOf(await logInBy(gate, { mode: 'auth-user', user: 'mica' }));
    await gate.ask('/_dashgate/logout', {
      method: 'POST',
      headers: { Cookie: ofName, 'Content-Type': 'application/json' },
    });
    expect([await whoIs(gate, ofName), (await whoIs(gate, ofUser))?.user]).toEqual([null, 'mica']);
  });
});

it('a mode that is not offered lets nobody in, whatever else is said', async () => {
  await using gate = await startModes(['auth-user-pass']);
  for (const mode of [
    'auth-none',
    'auth-user',
    'auth-pass',
    'ldap',
    'oauth',
    'None',
    '0',
    '',
    'constructor',
    '__proto__',
  ]) {
    for (const rest of [{}, { user: 'mica' }, { password: SHARED_PASSWORD }, { user: 'mica', password: 'mica-Gz7' }]) {
      const answer = await logInBy(gate, { mode, ...rest });
      expect([answer.status, cookieOf(answer)]).toEqual([400, '']);
    }
  }
  for (const mode of [['auth-none'], { auth: 'none' }, 0, null]) {
    expect((await logInBy(gate, { mode })).status).toBe(400);
  }
  const form = await gate.ask('/_dashgate/login?mode=auth-none', {
    method: 'POST',
    headers: { Origin: gate.origin, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'mode=auth-none&mode=auth-user-pass',
  });
  expect([form.status, cookieOf(form)]).toEqual([400, '']);
  expect((await gate.ask('/x', { headers: { Authorization: basic('', SHARED_PASSWORD) } })).status).toBe(401);
  expect((await gate.ask('/_dashgate/login?mode=auth-none')).body).not.toContain('without signing in');
});

it('whoever names no mode is never let in by a weaker one than a password', async () => {
  await using gate = await startModes(['auth-none', 'auth-user', 'auth-pass']);
  for (const fields of [{}, { user: 'mica' }, { user: 'mica', password: 'mica-Gz7' }, { password: SHARED_PASSWORD }]) {
    const answer = await logInBy(gate, fields);
    expect([answer.status, cookieOf(answer)]).toEqual([400, '']);
  }
});

it('a blank user name is nobody’s, unless there is a shared password for it', async () => {
  await using gate = await startModes(['auth-user-pass']);
  expect((await logInBy(gate, { user: '', password: SHARED_PASSWORD })).status).toBe(400);
  expect((await gate.ask('/x', { headers: { Authorization: basic('', 'mica-Gz7') } })).status).toBe(401);
  await gate.reconfigure({
    credentials: { modes: ['auth-user-pass'], allow_blank_user: true, password_file: 'shared.yaml' },
  });
  expect((await logInBy(gate, { user: '', password: '' })).status).toBe(400);
  expect((await logInBy(gate, { user: '', password: 'mica-Gz7' })).status).toBe(401);
  // The shared password is no user's, nor is the name that the file has for it a user.
  expect((await logInBy(gate, { user: 'shared', password: SHARED_PASSWORD })).status).toBe(401);
  expect((await logInBy(gate, { user: 'mica', password: SHARED_PASSWORD })).status).toBe(401);
  expect((await logInBy(gate, { user: 'label:auth-pass', password: SHARED_PASSWORD })).status).toBe(401);
  expect((await logInBy(gate, { user: '', password: SHARED_PASSWORD })).status).toBe(200);
});

it('grants for labels are grants.modes, and nothing that is written for users or groups', async () => {
  const users = (await usersFile()).replace(/mike@example.com/, 'mike@example.com, groups: [label, auth-user, Guest]');
  await using gate = await startModes(ALL_MODES, {
    users,
    grants: { ...GRANTS, modes: { 'auth-user': ['wiki/_all_'] } },
  });
  for (const fields of [{ mode: 'auth-none' }, { mode: 'auth-pass', password: SHARED_PASSWORD }]) {
    const Cookie = cookieOf(await logInBy(gate, fields));
    // An app that asks users only to be signed in asks a label for more.
    expect(await status(gate, '/x', { Cookie })).toEqual([403, 403]);
    expect(await status(gate, '/robots.txt', { Cookie })).toEqual([200, 200]);
  }
  const Cookie = cookieOf(await logInBy(gate, { mode: 'auth-user', user: 'mike' }));
  expect((await gate.ask('/x', { headers: { Cookie } })).status).toBe(403);
  expect((await gate.ask('/wiki/', { headers: { Cookie } })).status).toBe(200);
});

describe('a session whose mode is gone', () => {
  it.each([
    ['auth-none', { mode: 'auth-none' }],
    ['auth-user', { mode: 'auth-user', user: 'zoë' }],
    ['auth-pass', { mode: 'auth-pass', password: SHARED_PASSWORD }],
  ])('is over at once, and does not come back with it: %s', async (gone, fields) => {
    for (const store of ['sqlite', 'memory']) {
      await using gate = await startModes(ALL_MODES, { session: { store } });
      gate.advance(2000);
      const Cookie = cookieOf(await logInBy(gate, fields));
      const other = await gate.signIn('mike');
      gate.advance(1000);
      expect(await status(gate, '/x', { Cookie })).toEqual([200, 200]);
      const offer = (modes: readonly string[]) =>
        gate.reconfigure({ credentials: { modes, password_file: 'shared.yaml' } });
      await offer(ALL_MODES.filter((mode) => mode !== gone));
      expect(await status(gate, '/x', { Cookie })).toEqual([401, 401]);
      await offer(ALL_MODES);
      expect(await status(gate, '/x', { Cookie })).toEqual([401, 401]);
      expect((await whoIs(gate, other))?.user).toBe('mike');
      gate.advance(1000);
      expect((await logInBy(gate, fields)).status).toBe(200);
    }
  });

  it('is not over where another mode went, nor by a restart', async () => {
    await using gate = await startModes(ALL_MODES);
    const Cookie = cookieOf(await logInBy(gate, { mode: 'auth-user', user: 'zoë' }));
    await gate.reconfigure({ credentials: { modes: ['auth-user-pass', 'auth-user'] } });
    expect(await status(gate, '/x', { Cookie })).toEqual([200, 200]);
    await gate.restart();
    expect(await status(gate, '/x', { Cookie })).toEqual([200, 200]);
  });

  it('is over for users too, where user names and passwords are no longer taken', async () => {
    await using gate = await startModes(ALL_MODES);
    const Cookie = await gate.signIn('mica');
    const Authorization = basic('mica', 'mica-Gz7');
    expect(await status(gate, '/x', { Authorization })).toEqual([200, 200]);
    await gate.reconfigure({ credentials: { modes: ['auth-none'] } });
    expect(await status(gate, '/x', { Cookie })).toEqual([401, 401]);
    expect(await status(gate, '/x', { Authorization })).toEqual([401, 401]);
  });

  it('is over where the shared password is another one, by form and by Basic', async () => {
    await using gate = await startModes(ALL_MODES);
    gate.advance(2000);
    const Cookie = cookieOf(await logInBy(gate, { mode: 'auth-pass', password: SHARED_PASSWORD }));
    const Authorization = basic('', SHARED_PASSWORD);
    expect(await status(gate, '/hr', { Authorization })).toEqual([200, 200]);
    gate.advance(1000);
    await gate.dir.write('shared.yaml', await sharedFile('another-Kd3'));
    await gate.logged(/shared password reloaded/);
    expect(await status(gate, '/hr', { Cookie })).toEqual([401, 401]);
    expect(await status(gate, '/hr', { Authorization })).toEqual([401, 401]);
    gate.advance(1000);
    expect((await logInBy(gate, { mode: 'auth-pass', password: 'another-Kd3' })).status).toBe(200);
    const two = `${await sharedFile('x')}${(await usersFile()).split('\n')[1]}\n`;
    await gate.dir.write('shared.yaml', two);
    await gate.logged(/shared password: the new version is refused/);
    expect((await logInBy(gate, { mode: 'auth-pass', password: 'another-Kd3' })).status).toBe(200);
  });
});

describe('guessing', () => {
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const start = (): Promise<Gate> =>
    startModes(ALL_MODES, {
      attempts: { limit: 'on' },
      server: { trusted_proxies: ['127.0.0.1', 'unix'] },
    });
  const cookiesOf = (answer: Awaited<ReturnType<typeof logInBy>>): string =>
    answer.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0] ?? '')
      .join('; ');
  const guess = async (gate: Gate, times: number, fields: Record<string, string>): Promise<number[]> => {
    const found: number[] = [];
    for (let i = 0; i < times; i++) {
      found.push((await logInBy(gate, { ...fields, password: `guess ${i}` }, from(`198.51.100.${i}`))).status);
    }
    return found;
  };

  it('the shared password is told to wait like any other, wherever it is tried, and names are not', async () => {
    await using gate = await start();
    expect(await guess(gate, 6, { mode: 'auth-pass' })).toEqual([401, 401, 401, 401, 401, 429]);
    const right = await logInBy(gate, { mode: 'auth-pass', password: SHARED_PASSWORD }, from('198.51.100.99'));
    expect([right.status, cookieOf(right)]).toEqual([429, '']);
    const headers = { Authorization: basic('', SHARED_PASSWORD), ...from('198.51.100.98') };
    expect((await gate.ask('/x', { headers })).status).toBe(429);
    expect((await logInBy(gate, { mode: 'auth-user', user: 'zoë' }, from('198.51.100.97'))).status).toBe(200);
  });

  it('a name that was only said, or a session by nothing, gives no lane of one’s own', async () => {
    await using gate = await start();
    const address = from('198.51.100.200');
    const cookies: string[] = [];
    for (const fields of [
      { mode: 'auth-user', user: 'mica' },
      { mode: 'auth-user', user: 'auth-pass' },
      { mode: 'auth-none' },
    ]) {
      const answer = await logInBy(gate, fields, address);
      expect(answer.status).toBe(200);
      cookies.push(cookiesOf(answer));
    }
    expect(cookies.join()).not.toContain('dashgate-device');
    await guess(gate, 6, { user: 'mica' });
    await guess(gate, 6, { mode: 'auth-pass' });
    for (const Cookie of cookies) {
      // First, as signing in ends the session that the browser had.
      for (const Authorization of [basic('', SHARED_PASSWORD), basic('mica', 'mica-Gz7')]) {
        expect((await gate.ask('/x', { headers: { Authorization, Cookie, ...address } })).status).toBe(429);
      }
      expect((await logInBy(gate, { user: 'mica', password: 'x' }, { ...address, Cookie })).status).toBe(429);
      const shared = { mode: 'auth-pass', password: SHARED_PASSWORD };
      expect((await logInBy(gate, shared, { ...address, Cookie })).status).toBe(429);
    }
  });
});

it('neither the shared password nor its hash is in the log, in a page or in an error', async () => {
  await using gate = await startModes(ALL_MODES);
  const wrong = await logInBy(gate, { mode: 'auth-pass', password: 'wrong-Secret9' });
  await logInBy(gate, { mode: 'auth-pass', password: SHARED_PASSWORD });
  const said = gate.logText() + wrong.body;
  for (const secret of [SHARED_PASSWORD, 'wrong-Secret9', '$argon2id']) expect(said).not.toContain(secret);
  for (const hash of ['hunter2-hunter2', '$argon2id$v=19$m=8,t=1,p=1$hunter2', '$2y$10$hunter2']) {
    const credentials = { modes: ['auth-pass'], password_hash: hash };
    const error = await startGate({ credentials }).then(
      () => '',
      (thrown: Error) => thrown.message,
    );
    expect(error).toContain('credentials.password_hash: ');
    expect(error).not.toContain('hunter2');
  }
});

needs('slapd', 'openssl')('the mode of LDAP directories', () => {
  let slapd: Slapd;
  let gate: Gate;
  beforeAll(async () => {
    slapd = await startSlapd({ ldif: PEOPLE, conf: ACCESS });
    const ldap = {
      ...ldapAt(slapd),
    };
    gate = await startModes(['ldap', 'auth-user-pass'], {
      users: await usersFile({ mike: null }),
      directories: [{ file: 'users.yaml' }, { ldap }],
    });
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
  });

  it('takes those in LDAP, and nobody of a file', async () => {
    const answer = await logInBy(gate, { mode: 'ldap', user: 'MIKE', password: LDAP_PASSWORDS.mike });
    expect(await whoIs(gate, cookieOf(answer))).toMatchObject({ user: 'mike', sub: expect.stringMatching(/^ldap:/) });
    expect((await logInBy(gate, { mode: 'ldap', user: 'nora', password: 'nora-Xb9' })).status).toBe(401);
  });

  it('never binds without a password (RFC 4513 §5.1.2)', async () => {
    for (const password of ['', '\0']) {
      const answer = await logInBy(gate, { mode: 'ldap', user: 'mike', password });
      expect([answer.status >= 400, cookieOf(answer)]).toEqual([true, '']);
      const headers = { Authorization: basic('mike', password) };
      expect((await gate.ask('/x', { headers })).status).toBe(401);
    }
    for (const user of ['', '*', 'm*', 'mike)(uid=*']) {
      const answer = await logInBy(gate, { mode: 'ldap', user, password: LDAP_PASSWORDS.mike });
      expect([answer.status >= 400, cookieOf(answer)]).toEqual([true, '']);
    }
  });

  it('is no way round a user of a file who has the same name', async () => {
    const password = LDAP_PASSWORDS.mica;
    expect((await logInBy(gate, { mode: 'ldap', user: 'mica', password })).status).toBe(401);
    expect((await logInBy(gate, { mode: 'ldap', user: 'mica.alias', password })).status).toBe(401);
  });

  it('alone takes nobody of a file by Basic either, and ends their sessions', async () => {
    const Cookie = await gate.signIn('nora');
    const ofLdap = cookieOf(await logInBy(gate, { mode: 'ldap', user: 'mike', password: LDAP_PASSWORDS.mike }));
    await gate.reconfigure({ credentials: { modes: ['ldap'] } });
    expect(await status(gate, '/x', { Cookie })).toEqual([401, 401]);
    expect(await status(gate, '/x', { Authorization: basic('nora', 'nora-Xb9') })).toEqual([401, 401]);
    expect(await status(gate, '/x', { Cookie: ofLdap })).toEqual([200, 200]);
    expect(await status(gate, '/x', { Authorization: basic('mike', LDAP_PASSWORDS.mike) })).toEqual([200, 200]);
    // Nobody names a mode that there is only one of.
    expect((await logInBy(gate, { user: 'mike', password: LDAP_PASSWORDS.mike })).status).toBe(200);
    await gate.reconfigure({ credentials: { modes: ['ldap', 'auth-user-pass'] } });
    expect(await status(gate, '/x', { Cookie })).toEqual([200, 200]);
  });
});
