/**
 * What one client can have as its own: an IPv4 address, or the first 64 bits of an IPv6 one, as a single line gets at least
 * that many addresses (RFC 6177 §2).
 * @param address - canonical
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
