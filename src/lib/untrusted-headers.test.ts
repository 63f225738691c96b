import { expect, it } from 'vitest';
import { isReservedHeader } from './headers.ts';
import { IDENTITY_HEADERS, UNTRUSTED } from './untrusted-headers.ts';

const HOP_BY_HOP = ['Proxy-Authorization', 'Proxy-Authenticate', 'Proxy-Connection', 'Trailer', 'HTTP2-Settings'];

it('takes away what the proxy way takes away, and nothing that it leaves', () => {
  const others = [...IDENTITY_HEADERS, ...UNTRUSTED].filter((name) => !isReservedHeader(name));
  expect(others.sort()).toEqual([...HOP_BY_HOP].sort());
});

it('names each header once: nginx would send both of two', () => {
  const names = [...IDENTITY_HEADERS, ...UNTRUSTED].map((name) => name.toLowerCase());
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
