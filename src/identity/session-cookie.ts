import type { AccessRequest } from '../access/request.ts';
import { type Directory, findPerson } from '../directories/directory.ts';
import { type CookieReading, readSessionCookie } from '../session/cookie.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Authenticator, Finding } from './authenticate.ts';
import type { IdentityOf } from './identities.ts';
import { modeOfLabel, subOfMode } from './modes/label.ts';

export interface SessionCookieOptions {
  readonly sessions: Sessions;
  readonly directory: Pick<Directory, 'current' | 'lookUp'>;
  readonly identityOf: IdentityOf;
  readonly cookieName: string;
}

export type SessionReader = (cookieHeader: string | undefined) => Promise<Finding>;

/** Looks for a session in a Cookie header, and for the person behind it as the directory has them today. */
export const createSessionReader =
  ({ sessions, directory, identityOf, cookieName }: SessionCookieOptions): SessionReader =>
  async (cookieHeader) => {
    const reading: CookieReading = readSessionCookie(cookieHeader, cookieName);
    if (reading.kind === 'absent') return null;
    if (reading.kind === 'duplicate') return { kind: 'rejected', reason: 'duplicate-cookie', by: 'cookie', user: '' };
    const found = await sessions.find(reading.token);
    if (found.kind === 'no') return { kind: 'rejected', reason: found.reason, by: 'cookie', user: found.sub };
    const { session } = found;
    const person = await findPerson(directory, session.sub);
    const mode = modeOfLabel(session.sub);
    const isOver = mode !== null && !sessions.isLive({ ...session, sub: subOfMode(mode) });
    if (!person || isOver) return { kind: 'rejected', reason: 'session-revoked', by: 'cookie', user: session.sub };
    return {
      kind: 'identified',
      identity: identityOf(person, session),
      by: 'cookie',
      session,
      isNew: false,
      setCookies: [],
    };
  };

/** The session cookie as a credential of a request for a dashboard. */
export const createCookieAuthenticator =
  (read: SessionReader): Authenticator =>
  (request) =>
    request.app.credentials.includes('cookie') ? read(request.headers.cookie) : Promise.resolve(null);

/** Which session of a user a request carries beside other credentials: its `jti`, or `null` where it carries none of theirs. */
export const createSessionOf =
  (read: SessionReader) =>
  async ({ headers }: AccessRequest, user: string): Promise<string | null> => {
    const found = await read(headers.cookie);
    const isTheirs =
      user !== '' &&
      found?.kind === 'identified' &&
      // Who is no user goes by the whole `sub`, which is no user's name.
      (found.identity.user === user || found.identity.sub === user);
    return isTheirs ? found.session.jti : null;
  };
