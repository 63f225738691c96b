import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anIdentity } from '../../test/support/a-request.ts';
import { needs } from '../../test/support/needs.ts';
import { program } from '../../test/support/programs.ts';
import { type TempDir, tempDir } from '../../test/support/temp-dir.ts';
import { nobody } from '../identity/identity.ts';
import type { ProviderTokens, ToldApp } from './identity-adapter.ts';
import { type IdentityAdapters, openIdentityAdapters } from './identity-adapters.ts';
import { isReadable } from './panel-user-info.ts';

const NOW = 1_700_000_000;
const SECRET = 's3cret-shared';
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const SESSION = {
  ...{ sub: 'corp:alice', name: '', email: '', groups: [], allowedResources: [], amr: [], authTimeSec: NOW },
  ...{ jti: 'one', writtenSec: NOW, endsSec: NOW + 100 },
};
const notAsked = (): never => {
  throw new TypeError('nobody asked for an assertion');
};
const jwt = (claims: object): string =>
  ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('what a Panel app is told', () => {
  let dir: TempDir;
  let opened: IdentityAdapters | null = null;
  let tokens: ProviderTokens | null = null;
  const said: string[] = [];
  const say = (line: string, fields?: object) => void said.push(`${line} ${JSON.stringify(fields ?? {})}`);
  const log = { debug: say, info: say, warn: say, error: say, audit: say };
  beforeEach(async () => {
    dir = await tempDir();
    tokens = null;
    said.length = 0;
  });
  afterEach(async () => {
    opened?.close();
    await dir[Symbol.asyncDispose]();
  });

  const open = (changes: Partial<NonNullable<ToldApp['panelCookies']>> = {}, nowSec = NOW): void => {
    const panelCookies = { secret: { kind: 'text', text: SECRET } as const, encryptionKey: null, ...changes };
    const app = {
      name: 'sales',
      identity: ['panel'] as const,
      assertion: { algorithm: 'EdDSA', isBearer: false } as const,
      signedCookie: null,
      encryptedCookie: null,
      panelCookies,
    };
    opened = openIdentityAdapters([app], {
      clock: { nowMs: () => nowSec * 1000 },
      log,
      asserts: { issuer: 'https://dash.example.com', keys: { signing: notAsked, published: notAsked } },
      tokensOf: async () => tokens,
    });
  };
  const told = async (identity = anIdentity('alice')): Promise<Map<string, string>> => {
    const { cookies = [] } = (await opened?.tell({ name: 'sales' }, identity, SESSION)) ?? {};
    return new Map(cookies.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  };
  const valueIn = (cookie = ''): string => {
    const length = /\|(\d+):[^|]*\|[0-9a-f]{64}$/.exec(cookie)?.[1];
    const at = cookie.length - 65 - Number(length);
    return Buffer.from(cookie.slice(at, cookie.length - 65), 'base64').toString();
  };

  it('is the user by a cookie that is byte for byte that of Tornado, and the user info beside it', async () => {
    open();
    const cookies = await told();
    expect([...cookies.keys()]).toEqual(['user', 'id_token']);
    expect(cookies.get('user')).toBe(
      '2|1:0|10:1700000000|4:user|8:YWxpY2U=|86c5b8af9e2f0c5a12bf25ed79bda8b5c3cc705b8be292d8306a6414d22c6223',
    );
    const info = JSON.parse(Buffer.from(valueIn(cookies.get('id_token')), 'base64url').toString());
    expect(info).toEqual({
      user: 'alice',
      sub: 'file:alice',
      name: 'ALICE',
      email: 'alice@example.com',
      groups: ['staff'],
    });
  });

  it('is what the provider gave, where it gave something that Panel can read', async () => {
    open();
    const idToken = jwt({ sub: '1', email: 'alice@example.com' });
    tokens = { accessToken: 'tok123', idToken };
    const cookies = await told();
    expect(valueIn(cookies.get('id_token'))).toBe(idToken);
    expect(cookies.get('access_token')).toBe(
      '2|1:0|10:1700000000|12:access_token|8:dG9rMTIz|18e99c7648bd73b254400d1dbd86092ff608d7f30b38061d0ac0f0e48247448d',
    );
    tokens = { accessToken: jwt({ sub: '1' }), idToken: 'x'.repeat(9000) };
    expect([...(await told()).keys()]).toEqual(['user', 'id_token']);
  });

  it('is encrypted where the app has the key, but for the user', async () => {
    open({ encryptionKey: { kind: 'text', text: KEY } });
    tokens = { accessToken: 'tok123', idToken: null };
    const cookies = await told();
    expect(valueIn(cookies.get('user'))).toBe('alice');
    for (const name of ['id_token', 'access_token'])
      expect(valueIn(cookies.get(name)), name).toMatch(/^gAAAAABlU_E[\w-]+={0,2}$/);
  });

  it('is nothing of who is nobody, or only typed a name', async () => {
    open();
    expect(opened?.tell({ name: 'sales' }, nobody)).toBeNull();
    expect(await told({ ...anIdentity(''), sub: 'label:auth-user:alice' })).toEqual(new Map());
  });

  it('is signed by what the file says now; a bad new version leaves the old one', async () => {
    const file = await dir.write('secret', `${SECRET}\n`, 0o600);
    open({ secret: { kind: 'file', file } });
    const before = await told();
    await dir.write('secret', 'another-secret-of-more-than-32-bytes', 0o600);
    await vi.waitFor(async () => expect((await told()).get('user')).not.toBe(before.get('user')), { timeout: 10_000 });
    const now = await told();
    await dir.write('secret', 'two\nlines', 0o600);
    await vi.waitFor(() => expect(said.join('\n')).toContain('refused'), { timeout: 10_000 });
    expect(await told()).toEqual(now);
    expect(said.join('\n')).not.toContain(SECRET);
    expect(said[0]).toContain('sales: the secret of panel_cookies has 13 bytes');
  });

  it('is nothing at all without a key that is one', async () => {
    const file = await dir.write('key', 'not-a-key', 0o600);
    expect(() => open({ encryptionKey: { kind: 'file', file } })).toThrow(`${file}: is not a Fernet key`);
  });

  needs('dashboards')('beside the real Panel', () => {
    it('it is what pn.state says of user, user_info and access_token', async () => {
      const nowSec = Math.floor(Date.now() / 1000);
      const accessTokens = [
        ...['opaque', 'a.b', 'a.b.c.d', 'MTIz', 'eyJhIjoxfQ', 'x.eyJleHAiOiJub25lIn0.y', 'a..c'],
        ...[jwt({ sub: '1' }), jwt({ exp: nowSec - 5 }), jwt({ exp: nowSec + 500 }), jwt([])],
      ];
      open({ encryptionKey: { kind: 'text', text: KEY } }, nowSec);
      const requests = [];
      for (const accessToken of accessTokens) {
        tokens = { accessToken, idToken: null };
        requests.push(Object.fromEntries(await told(anIdentity("zoë O'Neil"))));
      }
      const script = `
import json, sys
import panel as pn
from panel.config import config
from panel.io.state import state
from cryptography.fernet import Fernet
config.cookie_secret = '${SECRET}'
state.encryption = Fernet('${KEY}')
out = []
for cookies in json.load(sys.stdin):
    type(state).cookies = property(lambda self: cookies)
    out.append([state.user, state.user_info, state.access_token])
print(json.dumps(out))`;
      const { stdout, stderr } = spawnSync(program('dashboards'), ['-c', script], {
        input: JSON.stringify(requests),
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      const seen: unknown[] = JSON.parse(stdout);
      const info = expect.objectContaining({ user: "zoë O'Neil", email: "zoë O'Neil@example.com" });
      expect(seen).toEqual(accessTokens.map((token) => ["zoë O'Neil", info, isReadable(token, nowSec) ? token : null]));
      expect(accessTokens.filter((token) => isReadable(token, nowSec))).toHaveLength(5);
    });
  });
});
