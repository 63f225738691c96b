import { describe, expect, it } from 'vitest';
import { startOidcGate } from '../support/oidc-gate.ts';
import { createWalker } from '../support/walker.ts';

const PAGE = { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
const ENOUGH = 30;

describe('where the login page is left out, a browser that keeps none of our cookies goes in no circle', () => {
  it.each([undefined, '/', '/report'])('sent back to %s', async (redirect) => {
    await using stage = await startOidcGate({
      login: { auto: true },
      ...(redirect && {
        provider: { redirect_uri: redirect },
        oidc: (origin) => ({ redirectUris: [redirect === '/' ? origin : origin + redirect] }),
      }),
    });
    const { gate, oidc } = stage;
    // It is signed in there already, as somebody is who comes from another site of the same company.
    const elsewhere = createWalker();
    await elsewhere.follow(`${gate.origin}/_dashgate/oauth/corp/start`, { until: (url) => url.origin === oidc.issuer });
    let url = new URL(`${gate.origin}/report`);
    for (let left = ENOUGH; left > 0; left -= 1) {
      const isOurs = url.origin === gate.origin;
      const answer = isOurs ? await gate.ask(url.pathname + url.search, { headers: PAGE }) : await elsewhere.go(url);
      const place = answer.headers.get('location');
      if (place === null && isOurs) {
        expect(answer.body).toMatch(/Sign in with|Sign in again/);
        return;
      }
      if (place !== null) url = new URL(place, url);
      else {
        const page = await elsewhere.follow(url, {
          form: { name: 'mica' },
          until: (next) => next.origin === gate.origin,
        });
        url = new URL(page.headers.get('location') ?? '');
      }
    }
    expect.unreachable('it goes in a circle');
  });
});
