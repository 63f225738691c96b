/**
 * A Cookie header without some of its cookies, what stays byte for byte as it was (RFC 6265 §4.2.1). A pair without `=` is
 * judged by the whole of it, for servers differ on whether that is a name or a value.
 * @returns the empty string where nothing is left
 */
export function withoutCookies(header: string, isOurs: (name: string) => boolean): string {
  const pairs = header.split(';');
  const kept = pairs.filter((pair) => !isOurs(nameOf(pair)));
  if (kept.length === pairs.length) return header;
  return kept.join(';').replace(/^[ \t;]+/, '');
}

/**
 * The name under which a browser would keep a Set-Cookie and send it back (RFC 6265bis §5.6). One without a name is sent
 * back as its bare value: `=dashgate=x` returns as `dashgate=x`, so that value is what is looked at.
 */
export const nameOfSetCookie = (header: string): string =>
  nameOf((header.split(';', 1)[0] ?? '').replace(/^[\s=]+/, ''));

const nameOf = (pair: string): string => (pair.split('=', 1)[0] ?? '').trim();
