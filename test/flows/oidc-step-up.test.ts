import { expect, it } from 'vitest';
import { APPS } from '../support/gate.ts';
import { startOidcGate } from '../support/oidc-gate.ts';
import { createWalker } from '../support/walker.ts';

const TWO = 'urn:example:two';

it('a page that asks for a class gets it from the provider, and a program is told which it is', async () => {
  const strict = { name: 'strict', at: '/strict/', upstream: '$UPSTREAM', require: { acr: [TWO], max_age: '5m' } };
  await using stage = await startOidcGate({ apps: [...APPS, strict] });
  const { origin } = stage.gate;
  const walker = createWalker();
  await stage.signIn(walker, 'mica');

  const headers = { Cookie: walker.cookies(origin), 'Sec-Fetch-Mode': 'cors' };
  const program = await stage.gate.ask('/strict/data', { headers });
  expect([program.status, program.headers.get('www-authenticate')]).toEqual([
    401,
    `Dashgate realm="dashgate", error="insufficient_user_authentication", max_age="300", acr_values="${TWO}"`,
  ]);
  const behind = await stage.gate.verify('/strict/data', { app: 'strict', headers });
  expect(behind.headers.get('www-authenticate')).toBe(program.headers.get('www-authenticate'));

  const page = await walker.follow(`${origin}/strict/`);
  const href = /href="([^"]*oauth[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const sent = await walker.go(`${origin}${href}`);
  expect(new URL(sent.headers.get('location') ?? '').searchParams.get('acr_values')).toBe(TWO);
  const asked = await walker.follow(sent.headers.get('location') ?? '');
  const arrived = await walker.follow(asked.url, { form: { name: 'mica' } });
  expect([arrived.status, arrived.url.pathname]).toEqual([200, '/strict/']);
});

it('who gets no better class from the provider is told so once, and not sent round', async () => {
  const strict = { name: 'strict', at: '/strict/', upstream: '$UPSTREAM', require: { acr: ['gold'] } };
  await using stage = await startOidcGate({ apps: [...APPS, strict] });
  const walker = createWalker();
  expect((await stage.signIn(walker, 'mica', '/strict/')).url.pathname).toBe('/_dashgate/login');
  const page = await walker.go(`${stage.gate.origin}/_dashgate/login?return_to=${stage.gate.origin}/strict/`);
  const href = /href="([^"]*oauth[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const asked = await walker.follow(`${stage.gate.origin}${href}`);
  const arrived = await walker.follow(asked.url, { form: { name: 'mica' } });
  expect([arrived.status, arrived.url.pathname]).toEqual([403, '/strict/']);
});
