import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startGunicorn } from '../support/start-gunicorn.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Chain, MICA, MIKE, startChain } from './nginx-chain.ts';

/** What the dashboards of 2019 were signed with: 30 bytes. */
const SECRET = 'change_me_for_token_encryption';
const KEY = 'MAqUAY14AAbhI0_nWYxzJkxtHLNzfBw28eKHEfved5c';
const LONG = 'a-secret-of-one-app-and-of-nobody-else';
const examples = join(import.meta.dirname, '../../examples');
const FORGED = 'eyJhbGciOiJub25lIn0.eyJ1c2VyIjoibWljYSIsImFsbG93ZWRfcmVzb3VyY2VzIjpbIl9hbGxfIl19.';
const SPELT = [
  `dashboard_jwt=${FORGED}`,
  `Dashboard_JWT=${FORGED}`,
  ` dashboard_jwt = ${FORGED}`,
  `dashboard%5Fjwt=${FORGED}`,
  `"dashboard_jwt"=${FORGED}`,
  `dashboard.jwt=${FORGED}`,
  `dashboard_jwt[x]=${FORGED}`,
  `theme=dark dashboard_jwt=${FORGED}`,
  `theme=dark,dashboard_jwt=${FORGED}`,
  `theme="dark; dashboard_jwt=${FORGED}"`,
  `$Version=1; dashboard_jwt=${FORGED}; $Path=/`,
  `dashboard_jwt=${FORGED}; dashboard_jwt=${FORGED}`,
  `=dashboard_jwt=${FORGED}`,
  'dashboard_jwt',
];

needs(
  'python',
  'nginx',
  'curl',
)('an app that reads its user from a signed cookie', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chain: Chain;
  beforeAll(async () => {
    const dir = closing.use(await tempDir());
    for (const [name, secret] of [
      ['2019', SECRET],
      ['keys', KEY],
      ['long', `${LONG}\n`],
    ] as const) {
      await dir.write(name, secret);
      await chmod(dir.file(name), 0o600);
    }
    const [reader, example] = await Promise.all([
      startGunicorn(join(import.meta.dirname, '../support/app-cookie'), { SECRET, KEY }, 'app:server'),
      startGunicorn(join(examples, 'app_cookie'), { SECRET_FILE: dir.file('long') }, 'app:server'),
    ]);
    for (const one of [reader, example]) closing.use(one);
    const signed = (file: string) => ({
      identity: ['signed-cookie'],
      signed_cookie: { name: 'dashboard_jwt', secret_file: dir.file(file), legacy_secret: true },
    });
    const apps = [
      { name: 'old', at: '/old/', upstream: `${reader.origin}/`, public: ['/cookies/open'], ...signed('2019') },
      {
        ...{ name: 'sealed', at: '/sealed/', upstream: `${reader.origin}/`, identity: ['encrypted-cookie'] },
        encrypted_cookie: { name: 'example_jwt', secret_file: dir.file('keys') },
      },
      { name: 'new', at: '/new/', upstream: `${example.origin}/`, ...signed('long') },
    ];
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', apps }));
    chain = closing.use(await startChain({ apps: `\n${apps.map((app) => `  - ${JSON.stringify(app)}`).join('\n')}` }));
  });
  afterAll(() => closing.disposeAsync());

  const ways: [string, (user: 'mica' | 'mike', path: string, ...args: string[]) => ReturnType<typeof curl>][] = [
    ['by proxy', (user, path, ...args) => curl('-H', `Authorization: ${basicOf(user)}`, ...args, gate.origin + path)],
    [
      'behind nginx',
      (user, path, ...args) =>
        curl('-H', user === 'mica' ? MICA : MIKE, ...args, `http://localhost:${chain.port}${path}`),
    ],
  ];

  describe.each(ways)('%s', (_way, ask) => {
    it('gets exactly the claims of 2019, and lets each see what is theirs by its own rules', async () => {
      const { claims, header } = JSON.parse((await ask('mike', '/old/')).body);
      expect(claims).toEqual({ user: 'mike', exp: expect.any(Number), allowed_resources: ['marketing'] });
      expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
      expect((await ask('mike', '/old/marketing')).status).toBe(200);
      const turnedAway = await ask('mike', '/old/hr');
      expect([turnedAway.status, turnedAway.headers.get('location')]).toEqual([307, '/']);
      expect((await ask('mica', '/old/hr')).status).toBe(200);
      expect(JSON.parse((await ask('mica', '/old/')).body).claims.allowed_resources).toEqual(['_all_']);
    });

    it('is read by the ten lines of the example', async () => {
      expect(JSON.parse((await ask('mike', '/new/')).body)).toEqual({ user: 'mike', sections: ['marketing'] });
    });

    it('gets it encrypted where that is asked for', async () => {
      const { claims, header } = JSON.parse((await ask('mike', '/sealed/opened')).body);
      expect(claims).toEqual({ user: 'mike', exp: expect.any(Number), allowed_resources: ['marketing'] });
      expect(header).toEqual({ alg: 'dir', enc: 'A256GCM', typ: 'JWT' });
    });

    it.each(SPELT)('never gets the client’s own: %s', async (cookie) => {
      const sent = JSON.parse((await ask('mike', '/old/cookies', '-H', `Cookie: a=1; ${cookie}; b=2`)).body);
      expect(sent.header).not.toContain(FORGED);
      expect(sent.header).toMatch(/^dashboard_jwt=[\w-]+\.[\w-]+\.[\w-]+; a=1;.* b=2$/);
      const [, own] = /dashboard_jwt=([^;]+)/.exec(sent.header) ?? [];
      expect([sent.first, sent.simple]).toEqual([own, own]);
    });

    it('says nothing of it to the browser', async () => {
      const answer = await ask('mike', '/old/renew');
      expect(answer.body).toContain('renewed');
      const set = [...answer.headers].flat().join('\n');
      const { header } = JSON.parse((await ask('mike', '/old/cookies')).body);
      expect(set).not.toContain(header.split('=')[1]);
    });
  });

  it('cannot set that cookie in the browser, by proxy', async () => {
    const set = (
      await curl('-H', `Authorization: ${basicOf('mike')}`, `${gate.origin}/old/renew`)
    ).headers.getSetCookie();
    expect(set.map((cookie) => cookie.split('=')[0]).toSorted()).toEqual(['dashgate', 'theirs']);
  });

  it('gets none for a path that is open to nobody in particular', async () => {
    for (const at of [gate.origin, `http://localhost:${chain.port}`]) {
      const answer = await curl('-H', `Cookie: a=1; dashboard_jwt=${FORGED}`, `${at}/old/cookies/open`);
      // With one that is not good it says so.
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/login']);
    }
  });
});
