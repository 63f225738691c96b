import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT, connectedApp, mint } from '../support/connected.ts';
import { needs } from '../support/needs.ts';
import { type Chain, PASSWORDS, startChain } from './nginx-chain.ts';

needs('nginx')('an API with doors of Tableau’s, through nginx', () => {
  let chain: Chain;
  beforeAll(async () => {
    const connected = JSON.stringify([connectedApp({ apps: ['api'], scopes: ['tableau:content:read'] })]);
    chain = await startChain({
      apps: `
  - { name: api, at: /, upstream: "$DASHBOARD", credentials: [tableau], resources: [{ resource: hr, paths: ["/api/*/hr"] }], open: ["/**"] }
  - { name: beside, at: /beside/, upstream: "$DASHBOARD", credentials: [basic] }`,
      more: `connected_apps: ${connected}`,
    });
  });
  afterAll(() => chain[Symbol.asyncDispose]());

  const ask = (path: string, init: RequestInit = {}) => fetch(`http://localhost:${chain.port}${path}`, init);
  const signIn = async (credentials: object) => {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const body = JSON.stringify({ credentials });
    const answer = await ask('/api/3.27/auth/signin', { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    const { token }: { token: string } = JSON.parse(await answer.text()).credentials;
    return token;
  };

  it('signs in, asks, and signs out; the token goes no further', async () => {
    expect((await ask('/api/2.4/serverInfo')).status).toBe(200);
    const token = await signIn({ name: 'mica', password: PASSWORDS.mica });
    const headers = { 'X-Tableau-Auth': token };
    expect((await ask('/api/3.27/x', { headers })).status).toBe(200);
    const seen = chain.dashboard.seen.at(-1);
    expect(seen?.headers.get('x-dashgate-user')).toBe('mica');
    expect(seen?.rawHeaders.join('\n')).not.toContain(token);
    const refused = await ask('/api/3.27/hr', {
      headers: { 'X-Tableau-Auth': await signIn({ name: 'mike', password: PASSWORDS.mike }) },
    });
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('code="403004"')]);
    expect((await ask('/api/3.27/auth/signout', { method: 'POST', headers })).status).toBe(204);
    const over = await ask('/api/3.27/x', { headers });
    expect([over.status, await over.text()]).toEqual([401, expect.stringContaining('code="401002"')]);
  });

  it('signs in by a connected app’s token, of which no log has a word', async () => {
    const jwt = mint({ claims: { scp: ['tableau:content:read'] } });
    const token = await signIn({ jwt });
    expect((await ask('/api/3.27/x', { headers: { 'X-Tableau-Auth': token } })).status).toBe(200);
    expect(chain.dashboard.seen.at(-1)?.headers.get('x-dashgate-user')).toBe(`connected:${CLIENT}:alice@example.com`);
    await ask(`/vizportal/api/web/v1/auth/embed/target?token=${jwt}&target=/`);
    for (const secret of [jwt, token]) expect(await chain.accessLog()).not.toContain(secret);
  });

  it('leaves apps beside it as they were', async () => {
    const token = await signIn({ name: 'mica', password: PASSWORDS.mica });
    expect((await ask('/beside/x', { headers: { 'X-Tableau-Auth': token } })).status).toBe(401);
    expect((await ask('/beside/api/3.27/serverInfo')).status).toBe(401);
  });
});
