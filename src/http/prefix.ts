/** Everything of dashgate's own is below it, and nothing below it reaches an upstream. */
export const PREFIX = '/_dashgate';

/**
 * Whether a raw path is the prefix or below it, in any case. What spells it in another way has no canonical form and is
 * refused as a target, so that nothing below it reaches an upstream.
 */
export function isOwnPath(path: string): boolean {
  const lower = path.toLowerCase();
  return lower === PREFIX || lower.startsWith(`${PREFIX}/`);
}
