import { cookiesIn } from '../lib/cookie-header.ts';
import { EMBED_COOKIE } from '../session/cookie.ts';

/** What a browser keeps of one cookie (RFC 6265bis §5.6), less its name: this one has no chunks. */
export const MOST_TOKEN = 3800;

/** @returns `null`: there is none; `duplicate`: there are two, so somebody else had a hand in it */
export function readEmbedCookie(header: string | undefined): { readonly token: string } | 'duplicate' | null {
  if (!header?.includes(EMBED_COOKIE)) return null;
  const found = [...cookiesIn(header)].filter(({ name }) => name === EMBED_COOKIE);
  if (found.length > 1) return 'duplicate';
  return found[0] ? { token: found[0].value } : null;
}

/**
 * The Set-Cookie value that carries a session of a frame. `Partitioned`: a browser keeps it for pages of the one site around the
 * frame, also where it blocks cookies of third parties (CHIPS, draft-cutler-httpbis-partitioned-cookies).
 * @param keptSec - for how long
 */
export const writeEmbedCookie = (token: string, keptSec: number): string =>
  `${EMBED_COOKIE}=${token}; Max-Age=${keptSec}; Path=/; HttpOnly; SameSite=None; Secure; Partitioned`;
