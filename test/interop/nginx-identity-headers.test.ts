import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untrustedWith } from '../../src/lib/untrusted-headers.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Chain, MICA, request, startChain } from './nginx-chain.ts';

const FORGED = 'forged-by-the-client';
const LONG = `X-${'Long-'.repeat(12)}Id`;

const APPS = `
  - name: presets
    at: /presets/
    upstream: "$DASHBOARD"
    open: ["/**"]
    public: [/open]
    identity_headers: [forwarded, remote, webauth, shiny]
  - { name: named, at: /named/, upstream: "$DASHBOARD", identity: [], identity_headers: [{ user: X-My-User, resources: ${LONG} }], public: [/open] }
  - { name: plain, at: /plain/, upstream: "$DASHBOARD", public: [/open] }
  - { name: basic, at: /basic/, upstream: "$DASHBOARD", identity: [headers, basic] }
  - { name: bearer, at: /bearer/, upstream: "$DASHBOARD", identity: [bearer] }`;

/** One name as a client may spell it in the hope that some server takes it for the same. */
const spellings = (name: string): string[] => [
  ...[name, name.toLowerCase(), name.toUpperCase(), name.replaceAll('-', '_'), name.toLowerCase().replaceAll('-', '_')],
  ...[name.replace('-', '_'), name.replaceAll('-', '.')],
];

needs('nginx')('headers of other names', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain({ apps: APPS });
  });
  afterAll(() => chain[Symbol.asyncDispose]());

  /** Through nginx, and by dashgate itself, which listens on a socket. */
  const WAYS = [
    ['nginx', () => chain.port],
    ['proxy', () => chain.dir.file('public.sock')],
  ] as const;
  const arrived = async (at: number | string, path: string, headers: readonly string[] = [MICA]) => {
    chain.dashboard.forget();
    await raw(at, request(chain, path, headers));
    return chain.dashboard.seen.at(-1);
  };

  describe.each(WAYS)('by %s', (_way, at) => {
    it('tell an app of its user, each under its own name', async () => {
      const seen = await arrived(at(), '/presets/');
      const names = ['x-forwarded-user', 'x-forwarded-preferred-username', 'remote-user', 'x-webauth-user'];
      for (const name of names) expect(seen?.headers.get(name), name).toBe('mica');
      for (const name of ['x-forwarded-email', 'remote-email', 'x-webauth-email'])
        expect(seen?.headers.get(name), name).toBe('mica@example.com');
      expect(seen?.headers.get('remote-name')).toBe('Mica');
      expect(seen?.headers.get('x-dashgate-user')).toBe('mica');
      expect(seen?.headers.get('shiny-server-credentials')).toBe('{"user":"mica","groups":[]}');
    });

    it('tell it by names of its own, and by those alone where it says so', async () => {
      const seen = await arrived(at(), '/named/');
      expect(seen?.headers.get('x-my-user')).toBe('mica');
      expect(seen?.headers.get(LONG.toLowerCase())).toBe('_all_');
      expect(seen?.headers.get('x-dashgate-user') ?? '').toBe('');
    });

    it('are nobody’s but dashgate’s, in any spelling, for any app, also where there is nobody to tell of', async () => {
      const mine = [...new Set(untrustedWith(chain.config.apps[0]?.namedHeaders ?? []))];
      expect(mine).toContain('X-My-User');
      const forged = mine.filter((name) => /user|email|group|name|credential|long/i.test(name)).flatMap(spellings);
      for (const path of ['/presets/', '/presets/open', '/named/', '/named/open', '/plain/', '/plain/open'])
        for (let from = 0; from < forged.length; from += 20) {
          const some = forged.slice(from, from + 20);
          const headers = [MICA, ...some.map((name) => `${name}: ${FORGED}`), `Connection: close, X-My-User`];
          const seen = await arrived(at(), path, headers);
          expect(seen?.rawHeaders.join('\n'), path).not.toContain(FORGED);
        }
    });

    it('pass on the Basic of who has one, and no token of a client’s', async () => {
      expect((await arrived(at(), '/basic/'))?.headers.get('authorization')).toBe(MICA.slice('Authorization: '.length));
      expect((await arrived(at(), '/bearer/'))?.headers.get('authorization') ?? '').toBe('');
      const answer = await raw(at(), request(chain, '/basic/', [MICA]));
      const cookie = answer?.headers.getSetCookie()[0]?.split(';')[0];
      const theirs = await arrived(at(), '/bearer/', [`Cookie: ${cookie}`, `Authorization: Bearer ${FORGED}`]);
      expect(theirs?.url).toBe('/bearer/');
      expect(theirs?.headers.get('authorization') ?? '').toBe('');
    });
  });

  it('each is in the answer of the check, empty where there is nothing to say', async () => {
    const ask = (uri: string, app: string, more: readonly string[] = []): Promise<unknown> =>
      raw(
        chain.dir.file('check.sock'),
        [
          'GET /_dashgate/auth/nginx HTTP/1.1',
          ...[`Host: x`, 'Connection: close', `X-Original-URI: ${uri}`, 'X-Original-Method: GET'],
          ...[`X-Forwarded-Host: ${chain.host}`, 'X-Forwarded-For: 127.0.0.1', `X-Dashgate-App: ${app}`, ...more],
          '\r\n',
        ].join('\r\n'),
      ).then((answer) => [answer?.status, answer?.headers.get('x-my-user'), answer?.headers.get('x-forwarded-user')]);
    expect(await ask('/named/', 'named', [MICA])).toEqual([200, 'mica', null]);
    expect(await ask('/named/open', 'named')).toEqual([200, '', null]);
    expect(await ask('/presets/open', 'presets', ['X-Forwarded-User: x'])).toEqual([200, null, '']);
  });
});
