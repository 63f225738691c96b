import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isBrowser, isNavigation } from './navigation.ts';

describe('a person looks at the answer', () => {
  it.each<[string, boolean, IncomingHttpHeaders, string?, boolean?]>([
    ['a typed address', true, { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
    ['a page in a frame', true, { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['a browser that says the mode only', true, { 'sec-fetch-mode': 'navigate' }],
    ['a page that is prefetched by HEAD', true, { 'sec-fetch-mode': 'navigate' }, 'HEAD'],
    ['a fetch', false, { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'text/html' }],
    ['a fetch of a page', false, { 'sec-fetch-mode': 'same-origin', accept: 'text/html' }],
    ['an image', false, { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a style sheet', false, { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'style', accept: 'text/html' }],
    ['an embedded object', false, { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' }],
    ['a destination without a mode', false, { 'sec-fetch-dest': 'document' }],
    ['a websocket', false, { 'sec-fetch-mode': 'websocket', accept: 'text/html' }, 'GET', true],
    ['an upgrade that claims to navigate', false, { 'sec-fetch-mode': 'navigate' }, 'GET', true],
    ['a form', false, { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 'POST'],
    ['a preflight', false, { accept: 'text/html' }, 'OPTIONS'],
    ['an old browser', true, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
    ['an XHR of an old library', false, { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }],
    ['curl', false, { accept: '*/*' }],
    ['a program that asks for JSON', false, { accept: 'application/json' }],
    ['a program that says nothing', false, {}],
  ])('of %s: %s', (_what, expected, headers, method = 'GET', isUpgrade = false) => {
    expect(isNavigation(method, headers, isUpgrade)).toBe(expected);
  });
});

describe('a browser would show its password dialog', () => {
  it.each<[string, boolean, IncomingHttpHeaders, boolean?]>([
    ['fetch metadata', true, { 'sec-fetch-site': 'none' }],
    ['fetch metadata that is new to us', true, { 'sec-fetch-storage-access': 'none' }],
    ['an origin', true, { origin: 'null' }],
    ['a referer', true, { referer: 'http://x/' }],
    ['our cookie', true, {}, true],
    ['no mark of one', false, { 'user-agent': 'Mozilla/5.0', accept: 'text/html', cookie: 'a=1' }],
  ])('by %s: %s', (_what, expected, headers, hasOurCookie = false) => {
    expect(isBrowser(headers, hasOurCookie)).toBe(expected);
  });
});
