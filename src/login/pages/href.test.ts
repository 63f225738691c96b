import { expect, it } from 'vitest';
import { href } from './href.ts';

it.each(['/', '/sales/?a=1&b=%2F#top', 'https://dash.example.com/sales/'])('keeps %s', (address) => {
  expect(href(address)).toBe(address);
});

it.each([
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  '//evil.example/',
  '/\\evil.example/',
  '/\t/evil.example/',
  'sales',
  '',
])('writes / in place of %j', (address) => {
  expect(href(address)).toBe('/');
});
