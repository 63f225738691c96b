import { expect, it } from 'vitest';
import { allowing } from './policy.ts';

const wanted = {
  origin: 'https://dash.example.com',
  script: '/_dashgate/assets/a.js',
  hash: "'sha256-h'",
  connect: '/_dashgate/session',
};
const SCRIPT = 'https://dash.example.com/_dashgate/assets/a.js';
const SESSION = 'https://dash.example.com/_dashgate/session';

it.each([
  ['frame-ancestors *', 'frame-ancestors *'],
  ["default-src 'self'", "default-src 'self'"],
  ['', ''],
  ['default-src *; script-src https:', 'default-src *; script-src https:'],
  [
    "script-src 'unsafe-inline' https://cdn.example.com",
    `script-src 'unsafe-inline' https://cdn.example.com; script-src-elem 'unsafe-inline' https://cdn.example.com ${SCRIPT}`,
  ],
  ["default-src 'none'", `default-src 'none'; script-src-elem ${SCRIPT}; connect-src ${SESSION}`],
  [
    "Script-Src 'nonce-x' 'strict-dynamic' 'self'",
    "Script-Src 'nonce-x' 'strict-dynamic' 'self'; script-src-elem 'nonce-x' 'strict-dynamic' 'self' 'sha256-h'",
  ],
  [
    "script-src-elem 'nonce-x'; connect-src a.example",
    `script-src-elem 'nonce-x' ${SCRIPT}; connect-src a.example ${SESSION}`,
  ],
  // The first of a name counts, so the first is written.
  ["connect-src 'none';connect-src 'self';", `connect-src ${SESSION};connect-src 'self';`],
  ["img-src 'none', script-src x.example", `img-src 'none', script-src x.example; script-src-elem x.example ${SCRIPT}`],
])('%s', (policy, expected) => {
  expect(allowing(policy, wanted)).toBe(expected);
});

it.each([
  ["sandbox allow-scripts; script-src 'self'"],
  ["default-src 'self', SANDBOX"],
  [`script-src ${'a '.repeat(10_000)}`],
])('leaves the page alone that has %s', (policy) => {
  expect(allowing(policy, wanted)).toBeNull();
});
