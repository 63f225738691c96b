import { expect, it } from 'vitest';
import { cookieOf, type Gate } from '../support/gate.ts';
import { startInstances } from '../support/instances.ts';
import { startLyingProvider } from '../support/lying-provider.ts';
import { needs } from '../support/needs.ts';
import { startRedis } from '../support/start-redis.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** The address that the provider sends back to, and the cookie of the sign-in. */
async function begin(gate: Gate) {
  const answer = await gate.ask('/_dashgate/oauth/corp/start');
  const sent = await fetch(answer.headers.get('location') ?? '', { redirect: 'manual' });
  const back = new URL(sent.headers.get('location') ?? '');
  return { path: back.pathname + back.search, cookie: answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' };
}

const statusOf = async (gate: Gate, Cookie: string): Promise<number> =>
  (await gate.ask('/_dashgate/session', { headers: { Cookie } })).status;

needs('redis')('two instances on one Redis, and a provider', () => {
  it('finish at one what began at the other, once, and end at both what the provider tells one of them', async () => {
    await using redis = await startRedis();
    await using liar = await startLyingProvider();
    const corp = { id: 'corp', type: 'oidc', issuer: liar.issuer, client_id: 'dashgate' };
    await using two = await startInstances({ store: redis.url }, { directories: [], providers: [corp] });
    const { a, b } = two;
    const { path, cookie } = await begin(a);
    const finished = await b.ask(path, { headers: { Cookie: cookie } });
    const session = cookieOf(finished);
    expect([finished.status, await statusOf(a, session), await statusOf(b, session)]).toEqual([303, 200, 200]);
    expect((await a.ask(path, { headers: { Cookie: cookie } })).status).toBe(400);

    const nowSec = Math.floor(Date.now() / 1000);
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const times = { iat: nowSec, exp: nowSec + 60, jti: 'one' };
    const token = await liar.sign({ iss: liar.issuer, aud: 'dashgate', sid: 'sid-of-mica', events, ...times });
    const body = String(new URLSearchParams({ logout_token: token }));
    const tell = (gate: Gate) =>
      gate.ask('/_dashgate/oauth/corp/backchannel-logout', { method: 'POST', headers: FORM, body });
    expect((await tell(b)).status).toBe(200);
    const toldMs = performance.now();
    while ((await statusOf(a, session)) !== 401) expect(performance.now() - toldMs).toBeLessThan(1000);
    expect(await statusOf(b, session)).toBe(401);
    expect((await tell(a)).status).toBe(400);
  });

  it('ask the provider again once for both, by the newest token, which goes with the session', async () => {
    await using redis = await startRedis();
    await using liar = await startLyingProvider();
    let given = 0;
    const revoked = Promise.withResolvers<string | null>();
    liar.lies = {
      metadata: (said) => ({ ...said, revocation_endpoint: `${liar.issuer}/revoke` }),
      token(said) {
        given += 1;
        return { ...said, refresh_token: `refresh-${given}` };
      },
      instead: {
        '/revoke': (_request, response) => {
          revoked.resolve(liar.asked.at(-1)?.body.get('token') ?? null);
          response.writeHead(200).end();
        },
      },
    };
    const corp = { id: 'corp', type: 'oidc', issuer: liar.issuer, client_id: 'dashgate' };
    await using two = await startInstances({ store: redis.url }, { directories: [], providers: [corp] });
    const { a, b } = two;
    const { path, cookie } = await begin(a);
    const session = cookieOf(await a.ask(path, { headers: { Cookie: cookie } }));
    for (const round of [1, 2]) {
      for (const gate of [a, b]) gate.advance(300_000);
      const all = await Promise.all(Array.from({ length: 10 }, (_, i) => statusOf(i % 2 ? a : b, session)));
      expect(all).toEqual(Array(10).fill(200));
      const tokens = liar.asked.flatMap(({ body }) => body.get('refresh_token') ?? []);
      expect(tokens).toEqual(['refresh-1', 'refresh-2'].slice(0, round));
    }
    const headers = { Cookie: session, Origin: b.origin };
    expect((await b.ask('/_dashgate/logout', { method: 'POST', headers })).status).toBeLessThan(400);
    expect(await revoked.promise).toBe('refresh-3');
    expect(liar.asked.filter(({ path: place }) => place === '/revoke')).toHaveLength(1);
  });
});
