import { describe, expect, it } from 'vitest';
import { APPS } from '../support/gate.ts';
import { type OidcStage, type OidcStageOptions, startOidcGate } from '../support/oidc-gate.ts';
import { createWalker, type Walker } from '../support/walker.ts';

const startAuto = (options: OidcStageOptions = {}) => startOidcGate({ login: { auto: true }, ...options });

/** A dashboard that was left open is loaded again, well after what led here. @returns where that ends */
async function reload({ gate }: OidcStage, walker: Walker, origin = gate.origin): Promise<URL> {
  gate.advance(30_000);
  return (await walker.follow(`${origin}/report`)).url;
}

/** Where the login page leads, without what it leaves in the browser for a moment. */
const startOf = ({ gate }: OidcStage): string => `${gate.origin}/_dashgate/oauth/corp/start`;

const LOGIN = '/_dashgate/login';

describe('where the login page is left out, nobody is sent straight back to the provider', () => {
  it('after signing out, until they press its button and sign in', async () => {
    // This provider knows no way to sign out there, so it would sign in again at once, without a word.
    await using stage = await startAuto({ oidc: { settings: { features: NO_SIGN_OUT } } });
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    const out = await walker.follow(`${stage.gate.origin}/_dashgate/logout`, { form: {} });
    expect(out.body).toContain('You have signed out');
    for (let i = 0; i < 2; i += 1) {
      const page = await walker.follow(`${stage.gate.origin}/report`);
      expect(page.url.pathname).toBe(LOGIN);
      expect(page.body).toContain('Sign in with');
    }
    expect((await stage.signIn(walker, 'mica')).url.pathname).toBe('/report');
    // From here on it is left out again: who loses the session otherwise is signed in without a word.
    stage.gate.advance(9 * 3_600_000);
    expect((await reload(stage, walker)).pathname).toBe('/report');
  });

  it('after the provider, or the person there, said no', async () => {
    await using stage = await startAuto();
    const walker = createWalker();
    const asked = await walker.follow(startOf(stage));
    expect(asked.url.origin).toBe(stage.oidc.issuer);
    const refused = await walker.follow(asked.url, { form: { no: '1' } });
    expect([refused.status, refused.url.pathname]).toEqual([403, '/_dashgate/oauth/corp/callback']);
    expect((await reload(stage, walker)).pathname).toBe(LOGIN);
  });

  it('after the configuration does not let them in', async () => {
    await using stage = await startAuto({ provider: { allow: { emails: ['hanna@example.com'] } } });
    const walker = createWalker();
    expect((await stage.signIn(walker, 'mica')).status).toBe(403);
    expect((await reload(stage, walker)).pathname).toBe(LOGIN);
  });

  it('after an attempt that took too long', async () => {
    await using stage = await startAuto();
    const walker = createWalker();
    const asked = await walker.follow(startOf(stage));
    stage.gate.advance(601_000);
    const late = await walker.follow(asked.url, { form: { name: 'mica' } });
    expect([late.status, late.body]).toEqual([400, expect.stringContaining('took longer than ten minutes')]);
    expect((await reload(stage, walker)).pathname).toBe(LOGIN);
  });

  it('after it did not answer', async () => {
    await using stage = await startAuto();
    stage.oidc.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    const walker = createWalker();
    const down = await walker.follow(startOf(stage));
    expect([down.status, down.url.pathname]).toEqual([503, '/_dashgate/oauth/corp/start']);
    stage.oidc.intercept = null;
    expect((await reload(stage, walker)).pathname).toBe(LOGIN);
  });

  it('after signing out at another host of the dashboards', async () => {
    await using stage = await startAuto({
      apps: [...APPS, { name: 'far', at: 'http://far.example.com:$PORT/', upstream: '$UPSTREAM' }],
      oidc: { settings: { features: NO_SIGN_OUT } },
    });
    const far = stage.gate.origin.replace('127.0.0.1', 'far.example.com');
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    expect((await walker.follow(`${far}/report`)).url.href).toBe(`${far}/report`);
    const { body } = await walker.go(`${far}/_dashgate/logout`, {});
    const next = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(body)?.[1] ?? '';
    expect(next).toBe(`${stage.gate.origin}/_dashgate/logout`);
    expect((await walker.go(next)).body).toContain('You have signed out');
    const page = await reload(stage, walker, far);
    expect([page.origin, page.pathname]).toEqual([stage.gate.origin, LOGIN]);
  });
});

const NO_SIGN_OUT = { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } };
