/**
 * The last guard before an address is written into a link. Callers hand over addresses that they have checked; what is
 * neither a path of this origin nor http(s) becomes `/`, whatever a mistake elsewhere let through.
 */
export function href(address: string): string {
  if (/^\/(?![/\\])/.test(address) && !/[\t\n\r]/.test(address)) return address;
  const url = URL.parse(address);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : '/';
}
