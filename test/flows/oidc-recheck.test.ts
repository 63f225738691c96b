import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ACCOUNTS, type OidcStage, type OidcStageOptions, startOidcGate } from '../support/oidc-gate.ts';
import type { Account } from '../support/start-oidc-provider.ts';
import { createWalker, type Walker } from '../support/walker.ts';

const EVERY_MS = 300_000;

/** A provider that gives refresh tokens, each good once, and whose people can be changed. */
async function startStage({ provider, ...options }: OidcStageOptions = {}) {
  const accounts: Record<string, Account> = { ...ACCOUNTS };
  const stage = await startOidcGate({
    provider: { scope: 'openid email profile groups', groups_claim: 'groups', ...provider },
    grants: { groups: { finance: ['hr'] } },
    ...options,
    oidc: { accounts, refreshes: true, ...options.oidc },
  });
  return { ...stage, accounts };
}

const tokens = ({ oidc }: OidcStage): number => oidc.asked.get('/token') ?? 0;
const statusOf = async ({ gate }: OidcStage, walker: Walker, path = '/_dashgate/session'): Promise<number> =>
  (await walker.go(`${gate.origin}${path}`)).status;

async function openSocket({ gate }: OidcStage, walker: Walker, path = '/live') {
  const headers = { Cookie: walker.cookies(gate.origin), Origin: gate.origin };
  const socket = new WebSocket(`${gate.origin.replace('http', 'ws')}${path}`, { headers });
  await once(socket, 'open');
  return { ended: once(socket, 'close').then(([code]) => code) };
}

/** Answers 503 in place of the provider. */
const putDown = ({ oidc }: OidcStage): void => {
  oidc.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
};

describe('who signed in at a provider that gives refresh tokens', () => {
  it.each(['memory', 'sqlite'])(
    'has the groups of today within recheck, by one question for all requests (%s)',
    async (store) => {
      await using stage = await startStage({ session: { store } });
      const walker = createWalker();
      expect((await stage.signIn(walker, 'mica', '/hr')).status).toBe(200);
      const asked = tokens(stage);
      stage.accounts.mica = { ...ACCOUNTS.mica, name: 'Mica New', groups: ['guests'] };
      expect(await statusOf(stage, walker, '/hr')).toBe(200);
      stage.gate.advance(EVERY_MS);
      const all = await Promise.all(Array.from({ length: 20 }, () => statusOf(stage, walker, '/hr')));
      expect(new Set(all)).toEqual(new Set([403]));
      expect(await stage.who(walker)).toMatchObject({ sub: 'corp:mica', name: 'Mica New', groups: ['guests'] });
      expect(tokens(stage)).toBe(asked + 1);
      // Each token was good once: the next one is that which came with the last answer.
      for (let round = 1; round <= 3; round += 1) {
        stage.accounts.mica = { ...ACCOUNTS.mica, groups: [`group-${round}`] };
        stage.gate.advance(EVERY_MS);
        expect(await stage.who(walker)).toMatchObject({ groups: [`group-${round}`] });
      }
      expect(tokens(stage)).toBe(asked + 4);
    },
  );

  it('is signed out where the provider knows them no more, and what is open is closed', async () => {
    await using stage = await startStage();
    const [mica, mike] = [createWalker(), createWalker()];
    await stage.signIn(mica, 'mica');
    await stage.signIn(mike, 'mike');
    const { ended } = await openSocket(stage, mica);
    delete stage.accounts.mica;
    stage.gate.advance(EVERY_MS);
    expect(await statusOf(stage, mica)).toBe(401);
    expect(await ended).toBe(4401);
    expect(await statusOf(stage, mike)).toBe(200);
    await stage.gate.logged(/"logout".*"corp:mica".*provider-refused/);
    stage.accounts.mica = ACCOUNTS.mica;
    await stage.gate.restart();
    expect(await statusOf(stage, mica)).toBe(401);
  });

  it('loses what is open by a group as soon as it is known that they are no longer in it', async () => {
    await using stage = await startStage();
    const walker = createWalker();
    await stage.signIn(walker, 'mica', '/hr');
    const [hr, other] = [await openSocket(stage, walker, '/hr/live'), await openSocket(stage, walker)];
    // What has just been opened is judged once more, twice a second, whatever happens.
    await wait(1200);
    stage.accounts.mica = { ...ACCOUNTS.mica, groups: ['staff'] };
    stage.gate.advance(EVERY_MS);
    const askedMs = performance.now();
    expect(await statusOf(stage, walker)).toBe(200);
    expect(await hr.ended).toBe(4401);
    // What nobody tells of is found within fifteen seconds.
    expect(performance.now() - askedMs).toBeLessThan(5000);
    // This one may be opened anew: it is only what the dashboard was told of them that no longer holds.
    expect(await other.ended).toBe(1012);
  });

  it('stays for recheck_grace while the provider is down, also after a restart, and no longer', async () => {
    await using stage = await startStage({ provider: { recheck: '1m', recheck_grace: '10m', scope: 'openid' } });
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    putDown(stage);
    stage.gate.advance(600_000);
    expect(await statusOf(stage, walker)).toBe(200);
    stage.gate.advance(60_000);
    expect(await statusOf(stage, walker)).toBe(503);
    await stage.gate.restart();
    expect(await statusOf(stage, walker)).toBe(503);
    stage.oidc.intercept = null;
    stage.gate.advance(6000);
    expect(await statusOf(stage, walker)).toBe(200);
  });

  it('loses what the provider could be asked by at logout, there too', async () => {
    await using stage = await startStage();
    const [laptop, phone] = [createWalker(), createWalker()];
    await stage.signIn(laptop, 'mica');
    await stage.signIn(phone, 'mica');
    const revoked = once(stage.oidc.provider, 'refresh_token.destroyed');
    await laptop.go(`${stage.gate.origin}/_dashgate/logout`, {});
    await revoked;
    expect(stage.oidc.asked.get('/token/revocation')).toBe(1);
    stage.gate.advance(EVERY_MS);
    expect([await statusOf(stage, laptop), await statusOf(stage, phone)]).toEqual([401, 200]);
  });

  it('who signs out at the provider loses what outlives its session there', async () => {
    await using stage = await startStage({
      provider: { scope: 'openid offline_access', authorize_params: { prompt: 'consent' } },
    });
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    const revoked = once(stage.oidc.provider, 'refresh_token.destroyed');
    const asking = await walker.go(`${stage.oidc.issuer}/session/end?client_id=dashgate`);
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(asking.body)?.[1] ?? '';
    await walker.go(`${stage.oidc.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    await revoked;
    expect(stage.oidc.asked.get('/token/revocation')).toBe(1);
    expect(await statusOf(stage, walker)).toBe(401);
  });

  it('is asked to consent where that is what brings a refresh token, and their token is nowhere to be read', async () => {
    await using stage = await startStage({
      provider: {
        scope: 'openid groups offline_access',
        groups_claim: 'groups',
        authorize_params: { prompt: 'consent' },
      },
      oidc: { refreshes: false },
    });
    const given: string[] = [];
    stage.oidc.provider.on('refresh_token.saved', ({ jti }) => given.push(jti));
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    stage.accounts.mica = { groups: ['one'] };
    stage.gate.advance(EVERY_MS);
    expect(await stage.who(walker)).toMatchObject({ groups: ['one'] });
    expect(given).toHaveLength(2);
    const database = ['', '-wal'].map((end) => readFileSync(stage.gate.dir.file(`state/dashgate.db${end}`), 'latin1'));
    expect(database.join('')).toContain('eyJ');
    for (const token of given) expect(stage.gate.logText() + database.join('')).not.toContain(token);
  });
});
