import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hopByHop, isReservedCookie, isReservedHeader } from './headers.ts';

const RESERVED = [
  ...['X-Forwarded-For', 'X-Forwarded-User', 'X-Forwarded-Prefix', 'X-Forwarded-Anything', 'Forwarded', 'X-Real-IP'],
  ...[
    'X-Original-URI',
    'X-Original-URL',
    'X-Original-Method',
    'X-Rewrite-URL',
    'X-Dashgate-User',
    'X-Dashgate-Assertion',
  ],
  ...['Remote-User', 'Remote-Email', 'Remote-Groups', 'Remote-Name', 'X-Remote-User', 'X-Auth-Request-User', 'Proxy'],
  ...['X-WEBAUTH-USER', 'Shiny-Server-Credentials', 'RStudio-Connect-Credentials', 'TabPy-User', 'X-Streamlit-User'],
];

// CVE-2025-64484 (oauth2-proxy): only the spelling with dashes was stripped.
it('knows a reserved header in every spelling', () => {
  const spelling = fc
    .constantFrom(...RESERVED)
    .chain((name) =>
      fc.tuple(...[...name].map((char) => fc.constantFrom(...spellings(char)))).map((chars) => chars.join('')),
    );
  fc.assert(fc.property(spelling, (name) => isReservedHeader(name)));
});

const spellings = (char: string): string[] =>
  char === '-' ? ['-', '_', '.'] : [char.toLowerCase(), char.toUpperCase()];

it.each([
  ...['Accept', 'Authorization', 'Cookie', 'Origin', 'Sec-Fetch-Site', 'X-Requested-With', 'X-CSRFToken'],
  ...['X-Forward', 'X-Dashgated', 'X-Xsrftoken', 'Content-Type', 'Sec-WebSocket-Protocol', 'Grafana-User'],
])('leaves %s to the client', (name) => {
  expect(isReservedHeader(name)).toBe(false);
});

describe('what ends at this hop', () => {
  it('is what the protocol says', () => {
    const ends = hopByHop([]);
    const names = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authorization'];
    expect(names.filter(ends)).toEqual(names);
    expect(['accept', 'cookie', 'content-length'].filter(ends)).toEqual([]);
  });

  it('is what Connection names, in any case and any number of them', () => {
    const ends = hopByHop(['Connection', 'close, X-One', 'CONNECTION', ' x-two ,', 'proxy-connection', 'X-Three']);
    expect(['x-one', 'x-two', 'x-three', 'x-four'].filter(ends)).toEqual(['x-one', 'x-two', 'x-three']);
  });

  it('is never what gives a message its length or place', () => {
    const ends = hopByHop(['Connection', 'Content-Length, Host, Set-Cookie']);
    expect(['content-length', 'host', 'set-cookie'].filter(ends)).toEqual([]);
  });
});

it('takes identity cookies from the dashboards that believe them, and leaves them to the others', () => {
  expect(isReservedCookie('panel', 'is_guest')).toBe(true);
  // Tornado strips what Python takes for a blank.
  for (const blank of ['\x85', '\xa0', '\x1c', '\t ']) {
    expect(isReservedCookie('bokeh', `${blank}user${blank}`)).toBe(true);
    expect(isReservedCookie('streamlit', `${blank}_streamlit_user`)).toBe(true);
  }
  expect(isReservedCookie('streamlit', '_streamlit_user_0')).toBe(true);
  expect(isReservedCookie('streamlit', '_streamlit_xsrf')).toBe(false);
  expect(['web', 'dash', 'tabpy', 'constructor'].some((kind) => isReservedCookie(kind, 'access_token'))).toBe(false);
});
