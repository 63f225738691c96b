import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OidcStage, startOidcGate } from '../support/oidc-gate.ts';
import { createWalker, type Walker } from '../support/walker.ts';
import { bothWays } from '../support/ways.ts';

// RFC 9700 §4.5 (injected codes) and §4.8.2 (PKCE taken away on the way); authentik CVE-2024-23647.

bothWays('a code of the real provider', (way) => {
  let stage: OidcStage;
  beforeAll(async () => {
    stage = await startOidcGate({ way });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** Where the provider is asked, as it stands in the redirect to it. */
  const begin = async (walker: Walker): Promise<URL> => {
    const start = `${stage.gate.origin}/_dashgate/oauth/corp/start?return_to=${stage.gate.origin}/report`;
    return new URL((await walker.go(start)).headers.get('location') ?? '');
  };
  const isCallback = (url: URL): boolean => url.pathname.endsWith('/callback');
  /** Signs in there. @returns the address that leads back, which is not followed */
  const callbackOf = async (walker: Walker, name: string, change: (asked: URL) => void = () => {}): Promise<URL> => {
    const asked = await begin(walker);
    change(asked);
    const page = await walker.follow(asked, { until: isCallback });
    const last = isCallback(new URL(page.headers.get('location') ?? '', page.url))
      ? page
      : await walker.follow(page.url, { form: { name }, until: isCallback });
    return new URL(last.headers.get('location') ?? '');
  };
  const statusOf = async (walker: Walker): Promise<number> =>
    (await walker.go(`${stage.gate.origin}/_dashgate/session`)).status;

  it('signs nobody in by an attempt that another browser, or another person, began', async () => {
    const [mica, mallory] = [createWalker(), createWalker()];
    const stolen = (await callbackOf(mica, 'mica')).searchParams.get('code') ?? '';
    const own = await callbackOf(mallory, 'mike');
    own.searchParams.set('code', stolen);
    const answer = await mallory.go(own);
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('could not be verified')]);
    expect(await statusOf(mallory)).toBe(401);
  });

  it('signs nobody in by a second attempt of the same browser, when it was used', async () => {
    const walker = createWalker();
    const first = await callbackOf(walker, 'mica');
    expect((await walker.follow(first)).url.pathname).toBe('/report');
    const second = await callbackOf(walker, 'mica');
    second.searchParams.set('code', first.searchParams.get('code') ?? '');
    expect((await walker.go(second)).status).toBe(400);
    expect(await statusOf(walker)).toBe(401);
  });

  it.each<[string, (asked: URL) => void]>([
    ['the challenge', ({ searchParams: asked }) => asked.delete('code_challenge')],
    [
      'the challenge and its method',
      ({ searchParams: asked }) => {
        asked.delete('code_challenge');
        asked.delete('code_challenge_method');
      },
    ],
    ['the method, which leaves plain', ({ searchParams: asked }) => asked.delete('code_challenge_method')],
    ['the nonce', ({ searchParams: asked }) => asked.delete('nonce')],
    ['the nonce of another', ({ searchParams: asked }) => asked.set('nonce', 'x'.repeat(43))],
    ['the challenge of another', ({ searchParams: asked }) => asked.set('code_challenge', 'x'.repeat(43))],
  ])('signs nobody in where %s was altered on the way to the provider', async (_what, change) => {
    const walker = createWalker();
    const callback = await callbackOf(walker, 'mica', change);
    expect(isCallback(callback)).toBe(true);
    const answer = await walker.follow(callback);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).toContain('You are not signed in');
    expect(await statusOf(walker)).toBe(401);
  });
});
