import { describe, expect, it } from 'vitest';
import { startOidcGate } from '../support/oidc-gate.ts';
import { createWalker } from '../support/walker.ts';

const APPS = [{ name: 'sales', at: '/', upstream: '$UPSTREAM', login_path: '/login', logout_path: '/logout' }];

describe('a redirect URI at a place of the app', () => {
  it.each([
    ['/login', (origin: string) => `${origin}/login`],
    ['/', (origin: string) => origin],
    ['/deep/er/', (origin: string) => `${origin}/deep/er/`],
  ])('%s: the answer is the callback, in the browser that began', async (redirect_uri, whole) => {
    await using stage = await startOidcGate({
      apps: APPS,
      provider: { redirect_uri },
      oidc: (origin) => ({ redirectUris: [whole(origin)] }),
    });
    const walker = createWalker();
    const { status, url } = await stage.signIn(walker, 'mica', '/report');
    expect([status, url.pathname]).toEqual([200, '/report']);
    expect(await stage.who(walker)).toMatchObject({ sub: 'corp:mica' });
    expect(stage.gate.upstream.seen.map((request) => request.url)).toEqual(['/report']);
  });

  it('and everything else that comes there is the app’s', async () => {
    await using stage = await startOidcGate({
      apps: APPS,
      provider: { redirect_uri: '/' },
      oidc: (origin) => ({ redirectUris: [origin] }),
    });
    const walker = createWalker();
    await stage.signIn(walker, 'mica', '/report');
    const { origin } = stage.gate;
    const begun = await walker.go(`${origin}/_dashgate/oauth/corp/start`);
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const theirs = [
      ...['/', '/?code=x', '/?state=x', '/?code=x&state=forged', `/?state=${state}`, `/x?code=x&state=${state}`],
      ...[`/?code=x&state=${state}&state=${state}`, `//?code=x&state=${state}`],
    ];
    const seen = stage.gate.upstream.seen.length;
    for (const path of theirs) await walker.go(origin + path);
    // A stranger with an address of somebody else is asked to sign in, as anywhere.
    const stranger = createWalker();
    const asked = await stranger.go(`${origin}/?code=x&state=${state}`);
    expect(asked.headers.get('location')).toContain('/_dashgate/login');
    await walker.go(`${origin}/?code=x&state=${state}`, { a: 'form' });
    expect(stage.gate.upstream.seen.slice(seen).map(({ url }) => url)).toEqual([
      ...theirs.filter((path) => !path.startsWith('//')),
      `/?code=x&state=${state}`,
    ]);
    const answer = await walker.go(`${origin}/?error=access_denied&iss=${stage.oidc.issuer}&state=${state}`);
    expect([answer.status, answer.body.includes('the sign-in was cancelled there')]).toEqual([403, true]);
  });

  it('is told to the provider to the letter, and redeemed by it', async () => {
    await using stage = await startOidcGate({
      apps: APPS,
      provider: { redirect_uri: '/' },
      oidc: (origin) => ({ redirectUris: [origin] }),
    });
    const begun = await createWalker().go(`${stage.gate.origin}/_dashgate/oauth/corp/start`);
    expect(new URL(begun.headers.get('location') ?? '').searchParams.get('redirect_uri')).toBe(stage.gate.origin);
  });
});

it('an operator’s own page says what came of a sign-in, with nothing of what the provider wrote', async () => {
  const page =
    '<style>p{color:red}</style><h1>{{ title }}</h1><p>{{ error }}: {{ error_msg }}</p><a href="{{ retry_link }}">again</a>';
  await using stage = await startOidcGate({
    apps: APPS,
    login: { error_template: 'error.html' },
    provider: { name: '<Acme>' },
    prepare: async (dir) => void (await dir.write('error.html', page)),
  });
  const walker = createWalker();
  const { origin } = stage.gate;
  const begun = await walker.go(`${origin}/_dashgate/oauth/corp/start?return_to=/report`);
  const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
  const query = `error=access_denied&error_description=<b>evil</b>&iss=${stage.oidc.issuer}&state=${state}`;
  const { status, body, headers } = await walker.go(`${origin}/_dashgate/oauth/corp/callback?${query}`);
  expect(status).toBe(403);
  expect(body).toContain('<p>said-no: &lt;Acme&gt; says that the sign-in was cancelled there.</p>');
  expect(body).toContain('<a href="/_dashgate/oauth/corp/start?return_to=');
  expect(body).not.toContain('evil');
  expect(headers.get('content-security-policy')).toContain("style-src 'self' 'unsafe-inline'");
  expect(headers.get('content-security-policy')).not.toContain('script-src');
});

describe('paths of an app that mean pages of ours', () => {
  it('lead to the login page, with what is to come next', async () => {
    await using stage = await startOidcGate({ apps: APPS });
    const walker = createWalker();
    const to = async (path: string) => (await walker.go(stage.gate.origin + path)).headers.get('location');
    const { origin } = stage.gate;
    expect(await to('/login')).toBe(`${origin}/_dashgate/login?return_to=%2F`);
    expect(await to('/login?next=%2Freport%3Fx%3D1')).toBe(`${origin}/_dashgate/login?return_to=%2Freport%3Fx%3D1`);
    const page = await walker.follow(`${origin}/login?next=https%3A%2F%2Fevil.example%2F`);
    expect(page.body).not.toContain('evil.example');
    expect(stage.gate.upstream.seen).toEqual([]);
  });

  it('lead to the page that asks whether to sign out, and sign nobody out by themselves', async () => {
    await using stage = await startOidcGate({ apps: APPS });
    const walker = createWalker();
    await stage.signIn(walker, 'mica', '/report');
    const page = await walker.follow(`${stage.gate.origin}/logout`);
    expect([page.url.pathname, page.status]).toEqual(['/_dashgate/logout', 200]);
    expect(await stage.who(walker)).toMatchObject({ sub: 'corp:mica' });
    await walker.go(`${stage.gate.origin}/_dashgate/logout`, {});
    expect(await stage.who(walker)).not.toMatchObject({ sub: 'corp:mica' });
  });
});
