import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { generateKey } from '../../src/session/key-ring.ts';
import { basic, basicOf, cookieOf, type Gate, PASSWORDS, startGate, userLine, usersFile } from '../support/gate.ts';
import { countParsed } from '../support/parsed.ts';
import { raw } from '../support/raw.ts';

// What the check answered is given again without being read again (docs/decisions/0026). Nothing that changes in between may be missed.

const MINUTE = 60_000;

/** Asks until the answer is one that was given before. */
async function warm(gate: Gate, path: string, headers: Record<string, string>): Promise<void> {
  for (let count = 0; count < 2; count++) expect((await gate.verify(path, { headers })).status).toBe(200);
  expect(await countParsed(() => gate.verify(path, { headers }))).toBe(0);
}

const status = async (gate: Gate, path: string, headers: Record<string, string>): Promise<number> =>
  (await gate.verify(path, { headers })).status;

async function writeUsers(gate: Gate, text: string): Promise<void> {
  const reloaded = () => gate.logText().split(/users(?: file|\.yaml):? reloaded/).length;
  const before = reloaded();
  await gate.dir.write('users.yaml', text);
  await expect.poll(reloaded, { timeout: 10_000 }).toBeGreaterThan(before);
}

it('is so for a cookie, for Basic and for what is public, and for nothing else', async () => {
  await using gate = await startGate();
  await warm(gate, '/x', { Cookie: await gate.signIn('mica') });
  await warm(gate, '/x', { Authorization: basicOf('mica') });
  await warm(gate, '/robots.txt', {});
  await warm(gate, '/x', { Cookie: await gate.signIn('mica'), 'X-Request-Id': 'abcdefgh-0123' });
  for (const headers of [{}, { Authorization: basic('mica', 'wrong') }, { Cookie: 'dashgate=x' }]) {
    expect(await countParsed(() => status(gate, '/hr', headers))).toBe(1);
    expect(await countParsed(() => status(gate, '/hr', headers))).toBe(1);
  }
  const Cookie = await gate.signIn('nora');
  for (let count = 0; count < 3; count++) expect(await status(gate, '/hr', { Cookie })).toBe(403);
});

it.each(['cookie', 'basic'] as const)('by %s: is counted as each other decision is', async (by) => {
  await using gate = await startGate();
  const counted = async (): Promise<number[]> => {
    const text = await (await fetch(`http://127.0.0.1:${gate.admin}/metrics`)).text();
    const find = (line: string): number =>
      Number(
        text
          .split('\n')
          .find((one) => one.startsWith(line))
          ?.split(' ')
          .at(-1),
      );
    return [
      find('dashgate_decisions_total{way="nginx",kind="allow",reason="granted"}'),
      find('dashgate_decision_seconds_count{way="nginx"}'),
      find(`dashgate_credentials_total{kind="${by}",result="identified"}`),
    ];
  };
  const headers: Record<string, string> =
    by === 'cookie' ? { Cookie: await gate.signIn('mica') } : { Authorization: basicOf('mica') };
  await warm(gate, '/x', headers);
  const before = await counted();
  expect(await countParsed(() => gate.verify('/x', { headers }))).toBe(0);
  expect(await counted()).toEqual(before.map((count) => count + 3));
  expect(gate.logText().split('"message":"login"').length).toBe(2);
});

it('a session that was signed out is refused at once', async () => {
  await using gate = await startGate();
  const Cookie = await gate.signIn('mica');
  await warm(gate, '/x', { Cookie });
  await gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie, Origin: gate.origin } });
  expect(await status(gate, '/x', { Cookie })).toBe(401);
});

it('so is one that was idle, and one that is over', async () => {
  await using gate = await startGate({ session: { lifetime: '2h', idle_timeout: '1h' } });
  const Cookie = await gate.signIn('mica');
  await warm(gate, '/x', { Cookie });
  gate.advance(61 * MINUTE);
  expect(await status(gate, '/x', { Cookie })).toBe(401);

  const lasting = await gate.signIn('mica');
  await warm(gate, '/x', { Cookie: lasting });
  for (let count = 0; count < 3; count++) {
    gate.advance(35 * MINUTE);
    expect(await status(gate, '/x', { Cookie: lasting })).toBe(200);
  }
  gate.advance(35 * MINUTE);
  expect(await status(gate, '/x', { Cookie: lasting })).toBe(401);
});

it('a use counts as one, and a cookie that is due is written', async () => {
  await using gate = await startGate({ session: { lifetime: '8h', idle_timeout: '1h' } });
  const Cookie = await gate.signIn('mica');
  await warm(gate, '/x', { Cookie });
  gate.advance(14 * MINUTE);
  expect(await countParsed(() => status(gate, '/x', { Cookie }))).toBe(0);
  gate.advance(2 * MINUTE);
  expect(cookieOf(await gate.verify('/x', { headers: { Cookie } }))).toMatch(/^dashgate=/);
  gate.advance(50 * MINUTE);
  expect(await status(gate, '/x', { Cookie })).toBe(200);
});

it.each(['cookie', 'basic'] as const)('by %s: who is removed, or has another password, is refused', async (by) => {
  const before = await usersFile();
  await using gate = await startGate({ users: before });
  const headersOf = async (): Promise<Record<string, string>> =>
    by === 'cookie' ? { Cookie: await gate.signIn('mike') } : { Authorization: basicOf('mike') };
  const first = await headersOf();
  await warm(gate, '/x', first);
  await writeUsers(gate, before.replace(/^ {2}mike:.*\n/m, await userLine('mike', 'another-Kd3')));
  expect(await status(gate, '/x', first)).toBe(401);
  await writeUsers(gate, before);
  const second = await headersOf();
  await warm(gate, '/x', second);
  await writeUsers(gate, await usersFile({ mike: null }));
  expect(await status(gate, '/x', second)).toBe(401);
});

it('grants that are taken by the users file or by the configuration count at once', async () => {
  const before = await usersFile();
  await using gate = await startGate({ users: before, grants: { users: { nora: ['hr'] } } });
  const ofFile = { Cookie: await gate.signIn('hanna') };
  const ofConfig = { Authorization: basicOf('nora') };
  await warm(gate, '/hr', ofFile);
  await warm(gate, '/hr', ofConfig);
  await writeUsers(gate, before.replace('allowed_resources: [hr]', 'allowed_resources: [sales]'));
  await gate.reconfigure({ grants: {} });
  expect(await status(gate, '/hr', ofFile)).toBe(403);
  expect(await status(gate, '/hr', ofConfig)).toBe(403);
});

it('a proof that became too old is asked for anew', async () => {
  await using gate = await startGate({
    session: { lifetime: '8h', idle_timeout: 'none' },
    apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', require: { max_age: '15m' } }],
  });
  const Cookie = await gate.signIn('mica');
  await warm(gate, '/x', { Cookie });
  gate.advance(16 * MINUTE);
  expect(await status(gate, '/x', { Cookie })).toBe(401);
  await warm(gate, '/x', { Authorization: basicOf('mica') });
  gate.advance(16 * MINUTE);
  expect(await status(gate, '/x', { Authorization: basicOf('mica') })).toBe(200);
});

it('no answer is anybody else’s, from anywhere else, or about anything else', async () => {
  await using gate = await startGate({
    apps: [
      {
        ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', open: ['/**'] },
        resources: [
          { resource: 'hr', paths: ['/hr/**'] },
          { paths: ['/in/**'], networks: ['10.0.0.0/8'] },
        ],
      },
    ],
  });
  const sessions = await Promise.all(
    (['mica', 'mike', 'hanna'] as const).map(async (user) => [user, await gate.signIn(user)]),
  );
  for (let round = 0; round < 4; round++) {
    for (const [user, Cookie = ''] of sessions) {
      const answer = await gate.verify('/x', { headers: { Cookie } });
      expect(answer.headers.get('x-dashgate-user')).toBe(user);
    }
  }
  const [, Cookie = ''] = sessions[0] ?? [];
  await warm(gate, '/in/x', { Cookie, 'X-Forwarded-For': '10.1.2.3' });
  expect(await status(gate, '/in/x', { Cookie, 'X-Forwarded-For': '192.0.2.7' })).toBe(403);
  expect(await status(gate, '/in/x', { Cookie, 'X-Forwarded-For': '10.1.2.3, 192.0.2.7' })).toBe(403);
  expect(await status(gate, '/x', { Cookie: `${Cookie}; ${Cookie}` })).toBe(401);
  const [, ofMike = ''] = sessions[1] ?? [];
  await warm(gate, '/hr', { Cookie });
  expect(await status(gate, '/hr', { Cookie: ofMike })).not.toBe(200);
});

it('bytes that hold a known head and more are read as what they are', async () => {
  await using gate = await startGate();
  const Cookie = await gate.signIn('mica');
  const head = (more = '', path = '/x') =>
    `GET /_dashgate/auth/nginx HTTP/1.1\r\nHost: a\r\nX-Original-URI: ${path}\r\nX-Original-Method: GET\r\nX-Forwarded-Host: ${gate.host}\r\nX-Dashgate-App: sales\r\nCookie: ${Cookie}\r\n${more}\r\n`;
  for (let count = 0; count < 3; count++) expect((await raw(gate.check, head()))?.status).toBe(200);
  const id = 'X-Request-Id: abcdefgh\r\n';
  for (let count = 0; count < 3; count++) expect((await raw(gate.check, head(id)))?.status).toBe(200);
  for (const [bytes, expected] of [
    [head('Content-Length: 5\r\n'), null],
    [`${head().slice(0, -2)}\n`, 400],
    [head('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n'), 400],
    [head('X-Original-URI: /hr\r\n'), 403],
    [head(`X-Request-Id: abcdefgh\nX-Original-URI: /y\r\n`), 400],
    [head('X-Request-Id: abc\0defgh\r\n'), 400],
    [head('X-Request-Id: abcdefgh\r\n\tX-Dashgate-App: wiki\r\n'), 400],
  ] as const) {
    const answered = raw(gate.check, bytes, 1000).then((answer) => answer?.status ?? null);
    if (expected === null) await answered.catch(() => null);
    else expect(await answered).toBe(expected);
    expect((await raw(gate.check, head()))?.status).toBe(200);
  }
});

it('holds no password: what is kept by Basic is found by a digest', async () => {
  await using gate = await startGate();
  await warm(gate, '/x', { Authorization: basicOf('mica') });
  expect(await status(gate, '/x', { Authorization: basic('mica', `${PASSWORDS.mica}x`) })).toBe(401);
  expect(await status(gate, '/x', { Authorization: basicOf('mica') })).toBe(200);
});

it('a key that is taken out of the ring takes with it what it had sealed', async () => {
  const first = `${generateKey()}\n`;
  await using gate = await startGate({
    session: { secret_file: 'session.keys' },
    prepare: async (dir) => void (await dir.write('session.keys', first, 0o600)),
  });
  const Cookie = await gate.signIn('mica');
  await warm(gate, '/x', { Cookie });
  await warm(gate, '/x', { Authorization: basicOf('mica') });
  await gate.dir.write('session.keys', `${generateKey()}\n`, 0o600);
  await gate.logged(/session keys reloaded/);
  expect(await status(gate, '/x', { Cookie })).toBe(401);
  expect(await countParsed(() => raw(gate.check, question(gate, `Authorization: ${basicOf('mica')}\r\n`)))).toBe(1);
});

it('who may not ask is told nothing by the bytes of who may', async () => {
  await using gate = await startGate({ server: { check_listen: '0.0.0.0:0', trusted_proxies: ['127.0.0.1'] } });
  const bytes = question(gate, `Cookie: ${await gate.signIn('mica')}\r\n`);
  const from = async (localAddress: string): Promise<string> => {
    const socket = connect({ port: Number(gate.check), host: '127.0.0.1', localAddress });
    socket.write(bytes, 'latin1');
    const [answer] = await once(socket, 'data');
    socket.destroy();
    return String(answer).slice(0, 12);
  };
  for (let count = 0; count < 3; count++) expect(await from('127.0.0.1')).toBe('HTTP/1.1 200');
  expect(await countParsed(() => from('127.0.0.1'))).toBe(0);
  for (let count = 0; count < 3; count++) expect(await from('127.0.0.2')).toBe('HTTP/1.1 403');
  expect(await from('127.0.0.1')).toBe('HTTP/1.1 200');
});

it.each([
  ['a service credential', { upstream_auth: 'fixed', upstream_credentials: { user: 'svc', password_file: 'svc' } }, {}],
  ['the client’s own password', { upstream_auth: 'own' }, { Authorization: basicOf('mica') }],
  ['another scheme', {}, { Authorization: 'token abcdef' }],
  ['an assertion', { identity: ['headers', 'assertion'] }, {}],
])('an answer that carries %s is made each time', async (_what, settings, more) => {
  await using gate = await startGate({
    apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', open: ['/**'], ...settings }],
    prepare: async (dir) => void (await dir.write('svc', 'service-Kw8\n', 0o600)),
  });
  const headers = { Cookie: await gate.signIn('mica'), ...more };
  for (let count = 0; count < 3; count++) {
    expect(await countParsed(async () => expect((await gate.verify('/x', { headers })).status).toBe(200))).toBe(3);
  }
});

/** What nginx asks about `/x`, with further lines. */
const question = (gate: Gate, more: string): string =>
  `GET /_dashgate/auth/nginx HTTP/1.1\r\nHost: a\r\nX-Original-URI: /x\r\nX-Original-Method: GET\r\nX-Forwarded-Host: ${gate.host}\r\nX-Dashgate-App: sales\r\n${more}\r\n`;
