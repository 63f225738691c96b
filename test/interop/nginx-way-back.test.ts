import { expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { ACCOUNTS } from '../support/oidc-gate.ts';
import { SECRET, startOidcProvider } from '../support/start-oidc-provider.ts';
import { createWalker } from '../support/walker.ts';
import { startChain } from './nginx-chain.ts';

needs('nginx')('behind nginx, a redirect URI at a place of the app', () => {
  it.each(['/kept/hello', '/'])(
    '%s: the answer is the callback, and all else there is the app’s',
    async (redirect_uri) => {
      const started: { provider?: Awaited<ReturnType<typeof startOidcProvider>> } = {};
      await using chain = await startChain({
        apps: `\n  - { name: kept, at: ${redirect_uri === '/' ? '/' : '/kept/'}, upstream: "$DASHBOARD", logout_path: /out }`,
        async beside(origin) {
          const redirectUris = [redirect_uri === '/' ? origin : origin + redirect_uri];
          const provider = await startOidcProvider({ origin, accounts: ACCOUNTS, redirectUris });
          started.provider = provider;
          const one = { id: 'corp', type: 'oidc', client_id: 'dashgate', client_secret: SECRET, redirect_uri };
          return Object.assign(provider, {
            more: `providers: ${JSON.stringify([{ ...one, issuer: provider.issuer }])}`,
          });
        },
      });
      const origin = `http://${chain.host}`;
      const walker = createWalker();
      const { url: at } = await walker.follow(`${origin}/_dashgate/oauth/corp/start?return_to=/kept/report`);
      const back = await walker.follow(at, { form: { name: 'mica' } });
      expect([back.status, back.url.pathname]).toEqual([200, '/kept/report']);
      const theirs = await walker.go(`${origin}${redirect_uri}?code=x&state=y`);
      expect(theirs.status).toBe(200);
      const seen = chain.dashboard.seen.find(({ url }) => url === `${redirect_uri}?code=x&state=y`);
      expect(seen?.headers.get('x-dashgate-user')).toBe('corp:mica');
      const out = await walker.go(`${origin}${redirect_uri === '/' ? '' : '/kept'}/out`);
      expect(out.headers.get('location')).toBe(`${origin}/_dashgate/logout`);
      const stranger = await createWalker().go(`${origin}${redirect_uri}?code=x&state=y`);
      expect(stranger.headers.get('location')).toContain('/_dashgate/login');
    },
  );
});
