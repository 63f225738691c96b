import type { Identity } from '../identity/identity.ts';

/** What `pn.state.user_info` is where no provider gave an ID token: JSON in base64url, without padding. */
export function userInfoOf({ sub, user, name, email, groups }: Identity): string {
  const said = {
    user,
    sub,
    ...(name !== '' && { name }),
    ...(email !== '' && { email }),
    ...(groups.length > 0 && { groups }),
  };
  return Buffer.from(JSON.stringify(said)).toString('base64url');
}

/**
 * Whether Panel can read an access token: one that it takes for a JWT has to say when it ends, or the app fails, and that has to
 * be ahead, or there is none. What is no JWT it takes as it is.
 */
export function isReadable(token: string, nowSec: number): boolean {
  if (!/^[\x21-\x7e]+$/.test(token)) return false;
  const payload = token.includes('.') ? token.split('.').slice(1, -1).join('.') : token;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const isObject = typeof claims === 'object' && claims !== null;
    return isObject && 'exp' in claims && typeof claims.exp === 'number' && claims.exp > nowSec;
  } catch {
    return true;
  }
}
