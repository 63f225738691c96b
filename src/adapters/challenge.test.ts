import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { aRequest, compiled, NAVIGATION } from '../../test/support/a-request.ts';
import { challengeHeaders, loginUrl } from './challenge.ts';

const at = { origin: 'http://dash.example.com', host: 'dash.example.com', isHttps: false, prefix: '/sales/' };
const app = compiled({ at });
const returnTo = (url: string): string | null => new URL(url).searchParams.get('return_to');

describe('the login address', () => {
  it('leads a person back to the page that was wanted, with its query', () => {
    const url = loginUrl(aRequest('/sales/q3?city=Lyon&x=a%20b', { app, headers: NAVIGATION }));
    expect(url).toMatch(/^http:\/\/dash\.example\.com\/_dashgate\/login\?return_to=[^&?#]+$/);
    expect(returnTo(url)).toBe('http://dash.example.com/sales/q3?city=Lyon&x=a%20b');
  });

  it.each<[string, Parameters<typeof aRequest>[1]]>([
    ['a script asked', { app, headers: { 'sec-fetch-mode': 'cors' } }],
    ['a form was sent', { app, method: 'POST', headers: NAVIGATION }],
    ['a websocket was wanted', { app, isUpgrade: true, headers: NAVIGATION }],
  ])('leads to the app itself where %s: nobody wants to come back to that', (_what, request) => {
    expect(returnTo(loginUrl(aRequest('/sales/_dash-update-component?x', request)))).toBe(
      'http://dash.example.com/sales/',
    );
  });
});

it('asks in the words of TabPy where that stands behind, and under the realm that is configured', () => {
  const asks = (changes: Parameters<typeof compiled>[0]) =>
    challengeHeaders(aRequest('/info', { app: compiled(changes) }), 'dashgate', 'no-credentials')['WWW-Authenticate'];
  expect(asks({})).toBe('Basic realm="dashgate", charset="UTF-8"');
  expect(asks({ kind: 'tabpy' })).toBe('Basic realm="TabPy Server"');
  expect(asks({ kind: 'tabpy', realm: 'Models' })).toBe('Basic realm="Models"');
});

it('a program is told what another proof has to be, whatever the class is called', () => {
  const conditions = [{ isFrom: null, proof: { amr: [], acr: ['a"b\\c', 'd'], maxAgeSec: 60 } }];
  const request = aRequest('/', { app: compiled({}), conditions, headers: { cookie: 'dashgate=x' } });
  const said = (reason: 'proof-too-weak' | 'session-expired') =>
    challengeHeaders(request, 'dashgate', reason)['WWW-Authenticate'];
  expect(said('proof-too-weak')).toBe(
    String.raw`Dashgate realm="dashgate", error="insufficient_user_authentication", max_age="60", acr_values="a\"b\\c d"`,
  );
  expect(said('session-expired')).toBe('Dashgate realm="dashgate"');
});

describe('the scheme of a 401 is one that', () => {
  const DIALOG = 'asks for a password';
  const NONE = 'no browser prompts for';
  it.each<[string, string, IncomingHttpHeaders, Partial<Parameters<typeof compiled>[0]>]>([
    [DIALOG, 'curl', { accept: '*/*' }, {}],
    [DIALOG, 'a program that came with Basic', { authorization: 'Basic x' }, {}],
    [DIALOG, 'a browser that came with Basic', { ...NAVIGATION, authorization: 'basic x' }, {}],
    [DIALOG, 'Tableau, whatever it says', { origin: 'http://dash.example.com' }, { kind: 'tabpy' }],
    [NONE, 'a page', NAVIGATION, {}],
    [NONE, 'a fetch', { 'sec-fetch-mode': 'cors' }, {}],
    [NONE, 'an old browser with a referer', { referer: 'http://dash.example.com/' }, {}],
    [NONE, 'a websocket with an origin', { origin: 'http://dash.example.com' }, {}],
    [NONE, 'a client with our cookie', { cookie: 'a=1; dashgate=x' }, {}],
    [NONE, 'curl, where the app takes no Basic', {}, { credentials: ['cookie'] }],
    [NONE, 'Basic, where the app takes none', { authorization: 'Basic x' }, { credentials: ['cookie'] }],
  ])('%s: %s', (scheme, _who, headers, changes) => {
    const said = challengeHeaders(aRequest('/', { app: compiled(changes), headers }), 'dashgate', 'no-credentials');
    expect(said['WWW-Authenticate']).toMatch(scheme === DIALOG ? /^Basic realm=/ : /^Dashgate realm=/);
    expect(said['X-Dashgate-Login']).toContain('/_dashgate/login');
  });
});
