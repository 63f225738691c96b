import { expect, it } from 'vitest';
import { canonicalAddress, clientAddress, compileTrusted, createPeerOf, LOCAL_PEERS, UNIX } from './client-address.ts';

const nobody = compileTrusted([]);
const proxies = compileTrusted([
  { kind: 'net', family: 'ipv4', address: '10.0.0.0', bits: 8 },
  { kind: 'net', family: 'ipv6', address: '2001:db8::1', bits: 128 },
  { kind: 'unix' },
]);

it.each<[string, string, string | undefined, string]>([
  ['the peer, when no header came', '10.0.0.1', undefined, '10.0.0.1'],
  ['the peer, when the header is empty', '10.0.0.1', '', '10.0.0.1'],
  ['what a trusted proxy says', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['the rightmost that is not trusted', '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
  ['the first proxy, when all are trusted', '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
  ['the peer, when the nearest entry is garbage', '10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
  ['the peer, when a proxy names garbage', '10.0.0.1', 'nonsense, 10.0.0.2', '10.0.0.1'],
  ['the peer, when the list ends in a comma', '10.0.0.1', '203.0.113.9,', '10.0.0.1'],
  ['an entry, whatever garbage stands left of it', '10.0.0.1', '<script>, 203.0.113.9', '203.0.113.9'],
  ['the peer, when the entry claims to be a unix socket', '10.0.0.1', 'unix', '10.0.0.1'],
  ['the peer in its IPv4 form', '::ffff:203.0.113.9', '1.1.1.1', '203.0.113.9'],
  ['what a proxy says that is known by its IPv6 form', '::ffff:10.0.0.1', '::ffff:cb00:7109', '203.0.113.9'],
  ['what an IPv6 proxy says', '2001:DB8:0::1', '2001:db8::00ff', '2001:db8::ff'],
  ['what comes over the unix socket', 'unix', '203.0.113.9', '203.0.113.9'],
  ['the socket itself', 'unix', undefined, 'unix'],
  ['unknown, when the peer is', '', '203.0.113.9', ''],
  ['a peer of a link, without its zone', 'fe80::1%eth0', undefined, 'fe80::1'],
])('the client is %s', (_who, peer, header, client) => {
  const found = peer === UNIX ? UNIX : createPeerOf('tcp')({ socket: { remoteAddress: peer } });
  expect(clientAddress(found, header, proxies)).toBe(client);
});

it.each(['127.0.0.1', '::1', UNIX])('nobody is believed by default: %s', (peer) => {
  expect(clientAddress(peer, '203.0.113.9', nobody)).toBe(peer);
});

it('a connection that was reset is nobody, and on a unix socket everybody is the socket', () => {
  const reset = { socket: { remoteAddress: undefined } };
  expect(createPeerOf('tcp')(reset)).toBe('');
  expect(compileTrusted([{ kind: 'unix' }, ...LOCAL_PEERS]).has('')).toBe(false);
  expect(createPeerOf('unix')(reset)).toBe(UNIX);
});

it('this machine is loopback and unix sockets, nothing else', () => {
  const local = compileTrusted(LOCAL_PEERS);
  expect(['127.0.0.1', '127.9.9.9', '::1', 'unix', '10.0.0.1', '::2'].map(local.has)).toEqual([
    ...[true, true, true, true],
    ...[false, false],
  ]);
});

it('a header of endless trusted hops costs nothing and means the peer', () => {
  expect(clientAddress('10.0.0.1', '10.0.0.2,'.repeat(100_000).slice(0, -1), proxies)).toBe('10.0.0.1');
});

it.each([
  ['::FFFF:1.2.3.4', '1.2.3.4'],
  ['0:0:0:0:0:ffff:0102:0304', '1.2.3.4'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['1.2.3.04', null],
  ['[::1]', null],
  ['1.2.3.4:80', null],
])('%s is spelt %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
});
