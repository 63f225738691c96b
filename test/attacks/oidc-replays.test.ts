import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiarStage, type LyingProvider, startLiarStage, startLyingProvider } from '../support/lying-provider.ts';
import { createWalker, type Walker } from '../support/walker.ts';
import { bothWays } from '../support/ways.ts';

// tinyauth CVE-2026-33544: one user got another's session by a shared state; CVE-2020-5233 and its kin: where one is sent back to.

bothWays('what comes back from a provider', (way) => {
  let stage: LiarStage;
  let other: LyingProvider;
  beforeAll(async () => {
    other = await startLyingProvider('mallory');
    stage = await startLiarStage({
      way,
      providers: [{ id: 'other', type: 'oidc', issuer: other.issuer, client_id: 'dashgate' }],
    });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  /** As far as the redirect back, which is not followed. @returns where it leads */
  async function callbackOf(walker: Walker, start = stage.start): Promise<URL> {
    const step = await walker.follow(start, { until: (url) => url.pathname.endsWith('/callback') });
    return new URL(step.headers.get('location') ?? '');
  }

  const isSignedIn = async (walker: Walker): Promise<boolean> =>
    (await walker.go(`${stage.gate.origin}/_dashgate/session`)).status === 200;

  /** A browser that has these cookies for dashgate. */
  function withCookies(cookies: string) {
    return (url: URL | string) =>
      stage.gate.ask(String(url).slice(stage.gate.origin.length), { headers: { Cookie: cookies } });
  }

  describe('the address that a provider sends back to', () => {
    // tinyauth CVE-2026-77561: what strangers send filled what everybody needs.
    it('leaves nothing behind where it brings no code: nobody fills the store by coming back without one', async () => {
      for (const answer of ['error=access_denied', 'error=access_denied&code=', '']) {
        const walker = createWalker();
        const { origin, pathname, searchParams } = await callbackOf(walker);
        const back = `${origin}${pathname}?${answer}&state=${encodeURIComponent(searchParams.get('state') ?? '')}`;
        expect((await walker.go(back)).status, answer).toBeGreaterThanOrEqual(400);
      }
      using database = new DatabaseSync(stage.gate.dir.file('state/dashgate.db'), { readOnly: true });
      expect(database.prepare("SELECT count(*) AS kept FROM used_ids WHERE id LIKE 'oauth:%'").get()?.kept).toBe(0);
    });

    it('is good in the browser that began, and in no other: nobody is signed in as somebody else by a link', async () => {
      const [mallory, victim] = [createWalker(), createWalker()];
      const callback = await callbackOf(mallory);
      expect((await victim.go(callback)).status).toBe(400);
      // Also where that browser has begun a sign-in of its own.
      await callbackOf(victim);
      expect((await victim.go(callback)).status).toBe(400);
      expect(await isSignedIn(victim)).toBe(false);
      expect((await mallory.follow(callback)).url.pathname).toBe('/report');
    });

    it('is good once, also with the cookie that went with it, and after a restart', async () => {
      const walker = createWalker();
      const callback = await callbackOf(walker);
      const cookies = walker.cookies(stage.gate.origin);
      const answers = await Promise.all([1, 2, 3].map(() => withCookies(cookies)(callback)));
      expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400]);
      await stage.gate.restart();
      const again = await withCookies(cookies)(callback);
      expect(again.status).toBe(400);
      expect(again.body).toContain('is finished already');
      // Who comes back by the history of their browser is as signed in as before.
      const own = createWalker();
      const visited = await callbackOf(own);
      await own.follow(visited);
      expect((await own.go(visited)).status).toBe(400);
      expect(await isSignedIn(own)).toBe(true);
    });

    it('is good for ten minutes', async () => {
      await using late = await startLiarStage({ way });
      const walker = createWalker();
      const callback = await callbackOf(walker, late.start);
      late.gate.advance(601_000);
      const answer = await walker.go(callback);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('took longer than ten minutes');
      expect(late.liar.asked.some(({ path }) => path === '/token')).toBe(false);
    });

    it('is that of the provider that was asked: the answer of one is not taken for that of another', async () => {
      const walker = createWalker();
      const callback = await callbackOf(walker);
      const before = other.asked.length;
      const mixed = new URL(callback);
      mixed.pathname = '/_dashgate/oauth/other/callback';
      mixed.searchParams.set('iss', other.issuer);
      const answer = await walker.go(mixed);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('could not be verified');
      // The code goes to nobody whom it is not for.
      expect(other.asked.slice(before).some(({ path }) => path === '/token')).toBe(false);
      expect(await isSignedIn(walker)).toBe(false);
    });

    it('belongs to a provider that there is', async () => {
      for (const path of ['nobody/start', 'nobody/callback', '__proto__/start', 'corp%2f..%2fcorp/start', 'Corp/start'])
        expect((await stage.gate.ask(`/_dashgate/oauth/${path}`)).status).toBeGreaterThanOrEqual(400);
    });
  });

  describe('the cookie of a sign-in that is under way', () => {
    it('counts for nothing where there are two of it, or it is altered, or it is another cookie of ours', async () => {
      const walker = createWalker();
      const callback = await callbackOf(walker);
      const cookie = walker.cookies(stage.gate.origin);
      const name = cookie.slice(0, cookie.indexOf('='));
      const signedIn = createWalker();
      await signedIn.follow(stage.start);
      const session = signedIn.cookies(stage.gate.origin).replace(/^dashgate=/, '');
      for (const planted of [
        `${cookie}; ${cookie}`,
        `${name}=x; ${cookie}`,
        `${cookie.slice(0, -8)}AAAAAAAA`,
        `${name}=${session}`,
        `${name}=`,
        '',
      ])
        expect((await withCookies(planted)(callback)).status).toBe(400);
      const value = cookie.slice(name.length + 1);
      expect((await withCookies(`dashgate=${value}`)(`${stage.gate.origin}/report`)).status).toBe(401);
      expect((await withCookies(cookie)(callback)).status).toBe(303);
    });

    it('is one of five at most, however often somebody begins, and the last one works', async () => {
      const walker = createWalker();
      const long = `${stage.gate.origin}/_dashgate/oauth/corp/start?return_to=${encodeURIComponent(`${stage.gate.origin}/${'x'.repeat(1900)}`)}`;
      let callback = new URL(stage.start);
      for (let i = 0; i < 12; i += 1) callback = await callbackOf(walker, i % 2 ? stage.start : long);
      const cookies = walker.cookies(stage.gate.origin);
      expect(cookies.split('; ').length).toBeLessThanOrEqual(5);
      expect(cookies.length).toBeLessThan(10_000);
      expect((await walker.follow(callback)).url.pathname).toBe('/report');
    });

    it('goes to no dashboard, and says nothing to whoever reads it', async () => {
      const walker = createWalker();
      const callback = await callbackOf(walker);
      const cookie = walker.cookies(stage.gate.origin);
      const [, secret = ''] = /\.([\w-]+)$/.exec(cookie) ?? [];
      for (const word of [callback.searchParams.get('state') ?? '', 'report', 'corp'])
        expect(cookie).not.toContain(word);
      await stage.gate.ask('/open/x', { headers: { Cookie: `${cookie}; theirs=1` } });
      expect(stage.gate.upstream.last().headers.cookie).toBe('theirs=1');
      expect(JSON.stringify(stage.gate.upstream.seen)).not.toContain(secret);
      expect(stage.gate.logText()).not.toContain(callback.searchParams.get('state'));
    });
  });

  it.each([
    '//evil.example.com/',
    'https://evil.example.com/',
    '/\\evil.example.com',
    'javascript:alert(1)',
    '/_dashgate/logout',
    'https://127.0.0.1@evil.example.com/',
  ])('%s is no place to go back to', async (place) => {
    const walker = createWalker();
    const start = `${stage.gate.origin}/_dashgate/oauth/corp/start?return_to=${encodeURIComponent(place)}`;
    const arrived = await walker.follow(start);
    expect(arrived.url.href).toBe(`${stage.gate.origin}/_dashgate/login`);
    expect(await isSignedIn(walker)).toBe(true);
  });

  it('who was somebody before is not any more, whatever comes of the sign-in', async () => {
    const walker = createWalker();
    await walker.follow(stage.start);
    const before = walker.cookies(stage.gate.origin);
    await walker.follow(stage.start);
    const after = walker.cookies(stage.gate.origin);
    expect((await withCookies(before)(`${stage.gate.origin}/report`)).status).toBe(401);
    expect((await withCookies(after)(`${stage.gate.origin}/report`)).status).toBe(200);
    stage.liar.lies = { redirect: (said) => said.set('error', 'access_denied') };
    expect((await walker.follow(stage.start)).body).toContain('You are not signed in');
    stage.liar.lies = {};
    expect((await withCookies(after)(`${stage.gate.origin}/report`)).status).toBe(401);
  });
});
