import type { AccessRequest } from './request.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether another site began a request that could change something. `Origin` (RFC 6454 §7), when present, must be the
 * app's own, to the letter: `null` never is. Without it `Sec-Fetch-Site` decides, when present.
 */
export function isCrossSite({ method, isUpgrade, headers, app }: AccessRequest): boolean {
  if (SAFE.has(method) && !isUpgrade) return false;
  const { origin } = headers;
  if (origin !== undefined && app.allowedOrigins.includes(origin)) return false;
  if (origin !== undefined && origin !== app.origin) return true;
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
