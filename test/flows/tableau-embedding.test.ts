import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import { byPage, frameCookie, framedBy, HOST_PAGE, LOADS_FRAME, OTHER_PAGE } from '../support/embedding.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { tableauApps } from '../support/tableau.ts';

const DOOR = '/vizportal/api/web/v1/auth/embed';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    publicUrl: 'https://dash.example.com',
    connected_apps: [connectedApp({ domains: [HOST_PAGE] })],
    apps: tableauApps(),
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

const signIn = (jwt: string, page = HOST_PAGE, place = `${DOOR}/signin`) =>
  gate.ask(place, { method: 'POST', headers: byPage(page), body: JSON.stringify({ siteName: '', jwt }) });
const codesOf = (body: string): unknown => JSON.parse(body).result.errors.map(({ code }: { code: number }) => code);

it('signs a frame in by the token that <tableau-viz> sends, once', async () => {
  const token = mint();
  const answer = await signIn(token);
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, HOST_PAGE]);
  const page = await gate.ask('/views/book/sheet', { headers: { ...LOADS_FRAME, Cookie: frameCookie(answer) } });
  expect(page.status).toBe(200);
  expect(gate.upstream.last().headers['x-dashgate-user']).toContain('alice@example.com');
  const again = await signIn(token);
  expect([again.status, codesOf(again.body), frameCookie(again)]).toEqual([401, [10091], '']);
});

it.each([
  ['whose aud is another', { claims: { aud: 'other' } }, 10084],
  ['that is over', { claims: { exp: 1 } }, 10084],
  ['without kid', { header: { kid: undefined } }, 10083],
  ['of an unknown client', { header: { iss: 'other' }, claims: { iss: 'other' } }, 126],
])('says by its number why a token %s is not taken', async (_what, changes, code) => {
  const answer = await signIn(mint(changes));
  expect([answer.status, codesOf(answer.body)]).toEqual([401, [code]]);
});

it('tells pages that nobody named nothing, and uses up no token of theirs', async () => {
  const token = mint();
  const answer = await signIn(token, OTHER_PAGE);
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  expect((await signIn(token)).status).toBe(200);
});

it('lets a browser ask before', async () => {
  const headers = {
    Origin: HOST_PAGE,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type',
  };
  const asked = await gate.ask(`${DOOR}/signin`, { method: 'OPTIONS', headers });
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, HOST_PAGE]);
});

it('takes the token from the address of a frame, and leads to the view', async () => {
  const target = '/views/book/sheet?:embed=y';
  const path = `${DOOR}/target?token=${mint()}&target=${encodeURIComponent(target)}`;
  const answer = await gate.ask(path, { headers: framedBy(HOST_PAGE) });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, gate.origin + target]);
  expect(frameCookie(answer)).not.toBe('');
});

it('is shut where connected apps are not among the ways to sign in, and where an app has no doors', async () => {
  await gate.reconfigure({ apps: tableauApps({}, { sign_in: ['password'] }) });
  expect((await signIn(mint())).status).toBe(403);
  await gate.reconfigure({ apps: tableauApps({ credentials: ['cookie'], tableau: undefined }) });
  expect((await signIn(mint())).status).toBe(403);
  await gate.reconfigure({});
  expect((await signIn(mint(), HOST_PAGE, `/wiki${DOOR}/signin`)).status).toBe(403);
});
