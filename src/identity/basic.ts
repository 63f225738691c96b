import { type Clock, nowSec } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import type { Again, Authenticator, CredentialRequest } from './authenticate.ts';
import type { IdentityOf } from './identities.ts';
import type { Identity } from './identity.ts';
import type { VerifiedCredentials } from './verified-credentials.ts';

export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/**
 * The scheme of an Authorization header, lower-cased (RFC 9110 §11.1). Any white space ends it, as there are servers that
 * read it so: what one of them takes for Basic is refused by {@link parseBasic}, not passed on.
 */
export const schemeOf = (authorization: string): string => authorization.trim().split(/\s/, 1)[0]?.toLowerCase() ?? '';

/**
 * Reads a Basic Authorization header (RFC 7617 §2, UTF-8, the password may hold colons).
 * @param takesBlankUser - whether the user name may be empty
 * @returns `null` where it is malformed
 */
export function parseBasic(authorization: string, takesBlankUser = false): BasicCredentials | null {
  const [, written = ''] = /^basic +([A-Za-z0-9+/]{1,8192})={0,2}$/i.exec(authorization) ?? [];
  const bytes = Buffer.from(written, 'base64');
  // Compared with how the bytes would be written, as the decoder passes over what it does not understand.
  if (bytes.toString('base64').replace(/=+$/, '') !== written) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const at = text.indexOf(':');
    // Controls have no place in either half (RFC 7617 §2).
    if (at < (takesBlankUser ? 0 : 1) || [...text].some((char) => char < ' ' || char === '\x7f')) return null;
    return { user: text.slice(0, at), password: text.slice(at + 1) };
  } catch {
    return null;
  }
}

export interface BasicOptions<Request> {
  readonly credentials: VerifiedCredentials;
  readonly identityOf: IdentityOf;
  readonly clock: Clock;
  /** A session of this user that the request carries beside the credentials: strangers have none. */
  readonly sessionOf: (request: Request, user: string) => Promise<string | null>;
  /** @returns what is called at each success of such a request; it holds nothing of it that is secret */
  readonly noteOf: (session: Session, identity: Identity, request: Request) => () => void;
  /** The Set-Cookie values that give a session to the client of an origin. */
  readonly setCookies: (token: string, origin: string) => readonly string[];
}

/** User name and password with each request. A success also hands out a session, so that the next one costs no hash. */
export const createBasicAuthenticator =
  <Request extends CredentialRequest>(options: BasicOptions<Request>): Authenticator<Request> =>
  async (request) => {
    const { credentials, identityOf, clock, sessionOf, noteOf, setCookies } = options;
    const { authorization } = request.headers;
    if (authorization === undefined || !request.app.credentials.includes('basic')) return null;
    if (schemeOf(authorization) !== 'basic') return null;
    const found = await credentials.verify(authorization, {
      requestId: request.id,
      address: request.clientAddress,
      device: (user) => sessionOf(request, user),
    });
    if (found.kind === 'unreadable') return { kind: 'rejected', reason: 'bad-credentials', by: 'basic', user: '' };
    if (found.kind === 'delayed') return { ...found, by: 'basic' };
    if (found.kind === 'wrong') return { kind: 'rejected', reason: 'bad-password', by: 'basic', user: found.user };
    const { session, token, person, isStill } = found;
    // Whatever was remembered of it, the password came with this request.
    const identity = identityOf(person, { ...session, authTimeSec: nowSec(clock) });
    const note = noteOf(session, identity, request);
    note();
    return {
      kind: 'identified',
      identity,
      by: 'basic',
      session,
      isNew: found.isNew,
      setCookies: mayHaveCookie(request, token) ? setCookies(token, request.app.origin) : [],
      ...(isStill && { again: provedAgain(identity, isStill, note, clock) }),
    };
  };

/** The same password once more: it was proved just now. */
const provedAgain =
  (identity: Identity, isStill: () => boolean, note: () => void, clock: Clock): Again =>
  () => {
    if (!isStill()) return null;
    note();
    return { ...identity, authTimeSec: nowSec(clock) };
  };

/** Not for a request that another site began, and not for one that already carries it. */
function mayHaveCookie({ app, headers }: CredentialRequest, token: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return false;
  return app.credentials.includes('cookie') && !headers.cookie?.includes(token);
}
