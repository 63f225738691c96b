import { BlockList, isIP } from 'node:net';

/** A range of addresses. */
export interface Network {
  readonly kind: 'net';
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly bits: number;
}

/** A proxy whose word about the client is taken: a range of addresses, or whoever may open a unix socket. */
export type TrustedPeer = { readonly kind: 'unix' } | Network;

/** Compiled by {@link compileTrusted}. */
export interface TrustedPeers {
  /** @param address - in canonical form, or {@link UNIX} */
  has(address: string): boolean;
}

/** The address of a peer that has none. */
export const UNIX = 'unix';

/** This machine: what may ask a listener that is on loopback or a unix socket. */
export const LOCAL_PEERS: readonly TrustedPeer[] = [
  { kind: 'unix' },
  { kind: 'net', family: 'ipv4', address: '127.0.0.0', bits: 8 },
  { kind: 'net', family: 'ipv6', address: '::1', bits: 128 },
];

export function compileTrusted(peers: readonly TrustedPeer[]): TrustedPeers {
  const ranges = new BlockList();
  for (const peer of peers) if (peer.kind === 'net') ranges.addSubnet(peer.address, peer.bits, peer.family);
  const unix = peers.some(({ kind }) => kind === 'unix');
  return {
    has: (address) => {
      if (address === UNIX) return unix;
      return address !== '' && ranges.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
    },
  };
}

/** Longer chains of trusted proxies do not exist; an attacker's do. */
const MOST_HOPS = 32;

/**
 * The client's address as far as it can be trusted: the rightmost entry of `X-Forwarded-For` that is not a trusted proxy
 * of ours. What is not an address means the peer, never a guess at what stands further left.
 * @param peer - as {@link createPeerOf} finds it
 */
export const clientAddress = (peer: string, xForwardedFor: string | undefined, trusted: TrustedPeers): string =>
  findClient(peer, xForwardedFor, trusted).clientAddress;

/**
 * The same, and whether it is known to be the client's: a trusted proxy that does not say whom it asks for, or not so that it can
 * be understood, leaves only its own, which must not count as one from inside.
 */
export function findClient(
  peer: string,
  xForwardedFor: string | undefined,
  trusted: TrustedPeers,
): { clientAddress: string; isAddressKnown: boolean } {
  let address = peer;
  let rest = xForwardedFor ?? '';
  if (rest === '') return { clientAddress: peer, isAddressKnown: !trusted.has(peer) };
  for (let hop = 0; rest !== '' && trusted.has(address); hop++) {
    const comma = rest.lastIndexOf(',');
    const entry = canonicalAddress(rest.slice(comma + 1).trim());
    if (entry === null || hop === MOST_HOPS) return { clientAddress: peer, isAddressKnown: false };
    address = entry;
    rest = rest.slice(0, Math.max(comma, 0));
  }
  return { clientAddress: address, isAddressKnown: true };
}

/** @returns whether a canonical address is in one of the ranges */
export function compileNetworks(networks: readonly Network[]): (address: string) => boolean {
  const { has } = compileTrusted(networks);
  return (address) => address !== UNIX && has(address);
}

export type PeerOf = (incoming: { readonly socket: { readonly remoteAddress?: string | undefined } }) => string;

/**
 * Who is at the other end of a connection, in canonical form. A connection that has just been reset has no address any more,
 * as one on a unix socket has none, so the listener says which it is.
 * @returns what finds it: the empty string, which nobody trusts, where it is not known
 */
export const createPeerOf =
  (listener: 'tcp' | 'unix'): PeerOf =>
  ({ socket: { remoteAddress = '' } }) =>
    listener === 'unix' ? UNIX : (canonicalAddress(remoteAddress.split('%', 1)[0] ?? '') ?? '');

/**
 * One spelling an address, so that whatever counts by it counts one client once: IPv6 as RFC 5952 §4 has it, an
 * IPv4-mapped one (RFC 4291 §2.5.5.2) as the IPv4 address.
 * @returns `null` where it is none
 */
export function canonicalAddress(text: string): string | null {
  const version = isIP(text);
  if (version === 4) return text;
  if (version !== 6 || text.includes('%')) return null;
  const compressed = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (!mapped) return compressed;
  const [high, low] = [mapped[1], mapped[2]].map((part) => Number.parseInt(part ?? '', 16)) as [number, number];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
