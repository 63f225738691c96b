import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { aRequest, compiled } from '../../test/support/a-request.ts';
import { isCrossSite } from './cross-site.ts';

const OWN = 'http://dash.example.com';

describe('another site began', () => {
  it.each<[string, boolean, string, IncomingHttpHeaders]>([
    ['a POST of our own page', false, 'POST', { origin: OWN, 'sec-fetch-site': 'same-origin' }],
    ['a POST of curl, which says nothing', false, 'POST', {}],
    ['a POST that a person typed', false, 'POST', { 'sec-fetch-site': 'none' }],
    ['a POST of another origin', true, 'POST', { origin: 'http://evil.example.com' }],
    ['a POST from nowhere', true, 'POST', { origin: 'null' }],
    ['a POST of an empty origin', true, 'POST', { origin: '' }],
    ['a POST of an origin that begins as ours', true, 'POST', { origin: `${OWN}.evil.example.com` }],
    ['a POST of our host over https', true, 'POST', { origin: 'https://dash.example.com' }],
    ['a POST of our host in other letters', true, 'POST', { origin: 'http://Dash.example.com' }],
    ['a POST of another port', true, 'POST', { origin: `${OWN}:8080` }],
    ['a POST that only the browser marks', true, 'POST', { 'sec-fetch-site': 'cross-site' }],
    ['a POST of a sibling domain', true, 'POST', { 'sec-fetch-site': 'same-site' }],
    ['a POST with our origin from elsewhere', true, 'POST', { origin: OWN, 'sec-fetch-site': 'cross-site' }],
    ['a DELETE', true, 'DELETE', { origin: 'http://evil.example.com' }],
    ['a method that nobody knows', true, 'FROBNICATE', { origin: 'http://evil.example.com' }],
    ['a GET, which changes nothing', false, 'GET', { origin: 'http://evil.example.com' }],
    ['a link from another site', false, 'GET', { 'sec-fetch-site': 'cross-site' }],
    ['a preflight', false, 'OPTIONS', { origin: 'http://evil.example.com' }],
  ])('%s: %s', (_what, expected, method, headers) => {
    expect(isCrossSite(aRequest('/', { method, headers }))).toBe(expected);
  });

  it.each<[string, boolean, IncomingHttpHeaders]>([
    ['of our own page', false, { origin: OWN }],
    ['of a program', false, {}],
    ['of another site', true, { origin: 'http://evil.example.com' }],
    ['of a file', true, { origin: 'null' }],
  ])('a websocket %s: %s', (_what, expected, headers) => {
    expect(isCrossSite(aRequest('/live', { isUpgrade: true, headers }))).toBe(expected);
  });

  it('not where the configuration takes that origin, to the letter', () => {
    const app = compiled({ origins: ['https://portal.example.com'] });
    const from = (origin: string) =>
      isCrossSite(aRequest('/', { app, method: 'POST', headers: { origin, 'sec-fetch-site': 'cross-site' } }));
    expect(from('https://portal.example.com')).toBe(false);
    expect(from('https://portal.example.com.evil.example.com')).toBe(true);
  });
});
