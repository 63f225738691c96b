import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { basic, cookieOf, type Gate, rawTo, startGate, userLine, usersFile } from '../support/gate.ts';
import type { PlainResponse } from '../support/parse-response.ts';
import { raw } from '../support/raw.ts';

// Traefik CVE-2026-41181 (Authorization and Cookie went to the error page), JupyterHub CVE-2026-54338 (a user name without
// end in the log): every secret that there is is planted, everything happens, and all that came out is searched.

const PLANTED = {
  password: 'pLaNtEd-pAsSwOrD-1',
  wrongPassword: 'pLaNtEd-wRoNg-2',
  queryToken: 'pLaNtEd-qUeRy-3',
  bearer: 'pLaNtEd-bEaReR-4',
  foreignCookie: 'pLaNtEd-cOoKiE-5',
  body: 'pLaNtEd-bOdY-6',
  garbageCookie: 'pLaNtEd-gArBaGe-7',
  newPassword: 'pLaNtEd-nEw-8',
};

/** In each form in which it could be written. */
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  const inBasic = Buffer.from(`mica:${secret}`).toString('base64');
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64').slice(0, 20),
    bytes.toString('hex'),
    inBasic.slice(8),
  ];
};

it('no secret is in a log line, a metric, an error body or a header', async () => {
  const users = `${await usersFile({ mica: null })}${await userLine('mica', PLANTED.password, ['hr'])}`;
  await using gate = await startGate({ users });
  const answers: [string, PlainResponse | null][] = [];
  const note = async (what: string, answer: Promise<PlainResponse | null>): Promise<PlainResponse | null> => {
    const got = await answer.catch(() => null);
    answers.push([what, got]);
    return got;
  };

  const signedIn = await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: 'mica', password: PLANTED.password }),
  });
  const session = cookieOf(signedIn);
  const ofBasic = cookieOf(await gate.ask('/x', { headers: { Authorization: basic('mica', PLANTED.password) } }));
  const keys = (await readFile(gate.dir.file('state/session.keys'), 'utf8'))
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '');
  const hashes = [...users.matchAll(/\$argon2id\$[^"]+/g)].map(([hash]) => hash.split('$').at(-1) ?? '');
  const [signedBody, tokenPart] = [signedIn.body, session.split('.').at(-2) ?? ''];

  const scenario = async (title: string): Promise<void> => {
    const q = `?token=${PLANTED.queryToken}&password=${PLANTED.password}`;
    const withAll = {
      Authorization: `Bearer ${PLANTED.bearer}`,
      Cookie: `other=${PLANTED.foreignCookie}; ${session}`,
      'X-Api-Key': PLANTED.bearer,
      Referer: `${gate.origin}/x${q}`,
    };
    const page = { Accept: 'text/html' };
    for (const path of ['/gone', '/hr/gone', '/_dashgate/nothing', '/_dashgate/session', '/a;b', '/%00', '/wiki/x']) {
      await note(`${title} ${path}`, gate.ask(path + q, { headers: withAll }));
      await note(`${title} ${path} page`, gate.ask(path + q, { headers: { ...withAll, 'Sec-Fetch-Mode': 'cors' } }));
      await note(
        `${title} ${path} cookie`,
        gate.ask(path + q, { headers: { Cookie: `dashgate=${PLANTED.garbageCookie}` } }),
      );
      await note(
        `${title} ${path} basic`,
        gate.ask(path + q, { headers: { Authorization: basic('mica', PLANTED.wrongPassword) } }),
      );
      await note(
        `${title} ${path} post`,
        gate.ask(path + q, {
          method: 'POST',
          headers: { ...withAll, Origin: 'http://evil.example' },
          body: PLANTED.body,
        }),
      );
      for (const endpoint of ['nginx', 'refuse'] as const) {
        await note(
          `${title} ${endpoint} ${path}`,
          gate.verify(path + q, { endpoint, method: 'POST', headers: { Cookie: `dashgate=${PLANTED.garbageCookie}` } }),
        );
        await note(
          `${title} ${endpoint} ${path}`,
          gate.verify(path + q, {
            endpoint,
            method: 'POST',
            headers: { Authorization: basic('mica', PLANTED.wrongPassword) },
          }),
        );
      }
    }
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: gate.origin };
    const post = (headers: Record<string, string>, body: string) =>
      gate.ask('/_dashgate/login', { method: 'POST', headers, body });
    const json = { 'Content-Type': 'application/json' };
    await note('wrong', post({ ...form, ...page }, `user=mica&password=${PLANTED.wrongPassword}`));
    await note(
      'password for a name',
      post(json, JSON.stringify({ user: 'mica', password: PLANTED.wrongPassword, extra: PLANTED.body })),
    );
    await note('broken', post(json, `{"user":"mica","password":"${PLANTED.password}`));
    await note('twice', post(form, `user=mica&password=${PLANTED.password}&password=${PLANTED.wrongPassword}`));
    await note('large', post(json, JSON.stringify({ user: 'mica', password: PLANTED.password.repeat(2_000) })));
    await note(
      'cross-site',
      post({ ...form, Origin: 'http://evil.example' }, `user=mica&password=${PLANTED.password}`),
    );
    await note('other type', post({ ...form, 'Content-Type': 'text/plain' }, `password=${PLANTED.password}`));
    await note(
      'raw',
      rawTo(gate, `GET /x${q} HTTP/1.1\r\nHost: $HOST\r\nAuthorization: Basic ${PLANTED.password}\r\nX: \0\r\n\r\n`),
    );
    await note('raw', rawTo(gate, `${PLANTED.password} /x HTTP/1.1\r\nHost: $HOST\r\n\r\n`));
    await note('host', rawTo(gate, `GET /x HTTP/1.1\r\nHost: ${PLANTED.password}_\r\n\r\n`));
    await note(
      'upgrade',
      rawTo(
        gate,
        `GET /x${q} HTTP/1.1\r\nHost: $HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: dashgate=${PLANTED.garbageCookie}\r\n\r\n`,
      ),
    );
  };

  await scenario('the dashboard there');
  await gate.upstream[Symbol.asyncDispose]();
  await scenario('the dashboard gone');
  await gate.dir.write(
    'users.yaml',
    `users:\n  mica: { password: "${PLANTED.newPassword}" }\n  nora: { pasword: ${PLANTED.newPassword}\n`,
  );
  await gate.logged(/users(?: file|\.yaml): the new version is refused/);
  await gate.dir.write('state/session.keys', `${keys[0]?.slice(0, 20)}\n`, 0o600);
  await gate.logged(/session keys: the new version is refused/);
  await gate.dir.write('state/dashgate.db', 'x', 0o600);
  await note(
    'logout, store down',
    gate.ask('/_dashgate/logout', {
      method: 'POST',
      headers: { ...{ 'Content-Type': 'application/json' }, Cookie: session },
    }),
  );
  const metrics = await raw(gate.admin, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  const ready = await raw(gate.admin, 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');

  const log = gate.logText();
  expect(log.split('\n').length).toBeGreaterThan(50);
  expect(metrics?.body).toContain('dashgate_decisions_total');
  const secrets = [
    ...Object.values(PLANTED).flatMap(formsOf),
    ...keys,
    ...keys.map((key) => key.slice(0, 20)),
    ...hashes,
    tokenPart,
    ofBasic.split('.').at(-2) ?? '',
  ];
  expect(secrets.every((secret) => secret.length >= 8)).toBe(true);
  const places: [string, string][] = [
    ['the log', log],
    ['the metrics', metrics?.body ?? ''],
    ['readyz', ready?.body ?? ''],
    ['the answer to the login', signedBody],
    ...answers
      // The dashboard of these tests says what it got: that is not ours.
      .filter(([, answer]) => !(answer?.status === 200 && answer.headers.get('content-type') === 'application/json'))
      .map(([what, answer]): [string, string] => [
        what,
        `${[...(answer?.headers ?? [])].filter(([name]) => name !== 'x-dashgate-upstream-cookie').join('\n')}\n${answer?.body}`,
      ]),
  ];
  for (const [what, text] of places) {
    for (const secret of secrets)
      expect(text.includes(secret), `${secret} in ${what}:\n${text.slice(0, 2_000)}`).toBe(false);
  }
});

it('the way back in a redirect is the one place where a query stands again, as the browser had it', async () => {
  await using gate = await startGate();
  const answer = await gate.ask(`/x?token=${PLANTED.queryToken}`, { headers: { Accept: 'text/html' } });
  expect(answer.headers.get('location')).toContain(PLANTED.queryToken);
  expect(answer.body).toBe('');
  expect(gate.logText()).not.toContain(PLANTED.queryToken);
});

it('what a client writes is capped and escaped in the log, and begins no line of its own', async () => {
  await using gate = await startGate();
  const user = `${'u'.repeat(2_000)}\n{"level":"audit","message":"login","who":"file:mica"}\u001b[31m\u2028`;
  await gate.ask('/x', {
    headers: { Authorization: `Basic ${Buffer.from(`${'v'.repeat(5_000)}:x`).toString('base64')}` },
  });
  await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user, password: 'x' }),
  });
  await gate.ask(`/${'p'.repeat(10_000)}`);
  const lines = gate.logText().trimEnd().split('\n');
  for (const line of lines) {
    expect(line.length).toBeLessThan(1_500);
    expect(JSON.parse(line).message).not.toBe('login');
    expect(line).not.toContain('\u001b');
  }
  await using plain = await startGate();
  expect(await signedOutLines(plain)).toEqual(['login', 'login-refused', 'logout']);
});

/** One line of the audit for each, with who, and from where. */
async function signedOutLines(gate: Gate): Promise<string[]> {
  const cookie = await gate.signIn('nora');
  await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"user":"NORA","password":"x"}',
  });
  await gate.ask('/_dashgate/logout', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Cookie: cookie },
  });
  const lines = gate
    .logText()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level === 'audit');
  expect(lines.map(({ who, from }) => [who, from])).toEqual([
    ['file:nora', '127.0.0.1'],
    ['nora', '127.0.0.1'],
    ['file:nora', '127.0.0.1'],
  ]);
  return lines.map(({ message }) => message);
}
