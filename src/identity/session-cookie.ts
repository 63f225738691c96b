import { type Directory, findPerson, type Person } from '../directories/directory.ts';
import type { Providers } from '../providers/registry.ts';
import { type CookieReading, readSessionCookie } from '../session/cookie.ts';
import { isGoodAt, ownOf, type Session } from '../session/session.ts';
import type { Sealed, Sessions } from '../session/sessions.ts';
import type { Acting } from './acting.ts';
import type { Again, Authenticator, Basis, CredentialRequest, Finding } from './authenticate.ts';
import type { IdentityOf } from './identities.ts';
import type { Identity } from './identity.ts';
import { modeOfLabel, subOfMode } from './modes/label.ts';

export interface SessionCookieOptions {
  readonly sessions: Sessions;
  readonly directory: Pick<Directory, 'current' | 'lookUp'>;
  readonly providers: Pick<Providers, 'personOf' | 'isStill'>;
  readonly identityOf: IdentityOf;
  readonly acting: Acting;
  readonly cookieName: string;
  /** Told of whoever a provider vouches for now. Never rejects. */
  readonly onVouched?: (session: Session) => Promise<void>;
}

/** @param origin - the one that was asked */
export type SessionReader = (cookieHeader: string | undefined, origin: string) => Promise<Finding>;

/** Looks for the person behind a live session as the directory has them today, or as their provider vouched for them. */
const createFinder = ({
  sessions,
  directory,
  providers,
  identityOf,
  acting,
  onVouched,
}: Omit<SessionCookieOptions, 'cookieName'>) => {
  const isOver = (session: Session): boolean => {
    const mode = modeOfLabel(session.sub);
    return mode !== null && !sessions.isLive({ ...session, sub: subOfMode(mode) });
  };
  /** Without asking anybody. Whoever is the same person object has the same identity. */
  const isStill = (session: Session, person: Person): boolean => {
    const isKnown = session.provider ? providers.isStill(session, person) : directory.current(session.sub) === person;
    return isKnown && !isOver(session);
  };
  return async (session: Session, by: Basis['by'], authTimeSec = session.authTimeSec): Promise<Found> => {
    const signedIn = ownOf(session);
    const vouched = await providers.personOf(signedIn);
    const person = vouched === undefined ? await findPerson(directory, session.sub) : vouched;
    if (!person || isOver(signedIn)) return { finding: over(session, by), isSame: () => false };
    if (session.provider?.isRechecked) void onVouched?.(signedIn);
    const proof = { ...session, authTimeSec };
    const own = identityOf(person, proof);
    const found = (identity: Identity): Finding => {
      return { kind: 'identified', identity, by, session, isNew: false, setCookies: [] };
    };
    if (!session.actingAs) return { finding: found(own), isSame: () => isStill(session, person) };
    const other = await acting.personFor(own, session.actingAs.sub);
    if (!other) return { finding: over(session, by), isSame: () => false };
    return {
      finding: found({ ...identityOf(other, proof), act: { sub: own.sub, user: own.user, name: own.name } }),
      isSame: () => isStill(signedIn, person) && acting.isStill(own, other),
    };
  };
};

const over = ({ sub: user }: Session, by: Basis['by']): Finding => {
  return { kind: 'rejected', reason: 'session-revoked', by, user };
};

interface Found {
  readonly finding: Finding;
  /** Whether the person would be found so now. Says nothing of the session. */
  readonly isSame: () => boolean;
}

/** Looks for a session in a Cookie header, and for the person behind it. */
export const createSessionReader = ({ cookieName, ...options }: SessionCookieOptions): SessionReader => {
  const find = createFinder(options);
  return async (cookieHeader, origin) => {
    const reading: CookieReading = readSessionCookie(cookieHeader, cookieName);
    if (reading.kind === 'absent') return null;
    if (reading.kind === 'duplicate') return { kind: 'rejected', reason: 'duplicate-cookie', by: 'cookie', user: '' };
    const found = options.sessions.find(reading.token);
    if (found.kind === 'no') return { kind: 'rejected', reason: found.reason, by: 'cookie', user: found.sub };
    if (!isGoodAt(found.session, origin))
      return { kind: 'rejected', reason: 'session-unreadable', by: 'cookie', user: '' };
    const { finding, isSame } = await find(found.session, 'cookie');
    if (finding?.kind !== 'identified') return finding;
    return { ...finding, again: againOf(reading.token, found.session, finding.identity, isSame) };
  };

  function againOf(token: string, session: Session, identity: Identity, isSame: () => boolean): Again {
    return () => {
      const found = options.sessions.find(token);
      return found.kind === 'open' && found.session === session && isSame() ? identity : null;
    };
  }
};

/**
 * A good session is used. Holds nothing of the request that is secret.
 * @returns the session in a new cookie, where that is due and a person is behind the request
 */
export type Use = () => Promise<Sealed> | null;

export interface CookieAuthenticatorOptions<Request> {
  readonly read: SessionReader;
  /** @returns what is told of each use by such a request */
  readonly useOf: (session: Session, identity: Identity, request: Request) => Use;
  /** The Set-Cookie values that give a session to the client of an origin. */
  readonly setCookies: (token: string, origin: string) => readonly string[];
}

/** The session cookie as a credential of a request for a dashboard. Where the session is due, it is written anew. */
export const createCookieAuthenticator =
  <Request extends CredentialRequest>({
    read,
    useOf,
    setCookies,
  }: CookieAuthenticatorOptions<Request>): Authenticator<Request> =>
  async (request) => {
    if (!request.app.credentials.includes('cookie')) return null;
    const finding = await read(request.headers.cookie, request.app.origin);
    if (finding?.kind !== 'identified') return finding;
    const { again, ...once } = finding;
    const use = useOf(finding.session, finding.identity, request);
    const renewing = use();
    if (renewing) return { ...once, setCookies: setCookies((await renewing).token, request.app.origin) };
    return again ? { ...once, again: usedAgain(again, use) } : once;
  };

/** A cookie that is due is written by a whole look. */
const usedAgain =
  (again: Again, use: Use): Again =>
  () => {
    const identity = again();
    return identity !== null && use() === null ? identity : null;
  };

/** Which session of a user a request carries beside other credentials: its `jti`, or `null` where it carries none of theirs. */
export const createSessionOf =
  (read: SessionReader) =>
  async ({ app, headers }: CredentialRequest, user: string): Promise<string | null> => {
    const found = await read(headers.cookie, app.origin);
    const isTheirs =
      user !== '' &&
      found?.kind === 'identified' &&
      !found.identity.act &&
      // Who is no user goes by the whole `sub`, which is no user's name.
      (found.identity.user === user || found.identity.sub === user);
    return isTheirs ? found.session.jti : null;
  };

export type SessionFinder = (session: Session, by: Basis['by'], authTimeSec?: number) => Promise<Finding>;

/**
 * A session that was found before, as it is now. A password that came with the request was proved then, however old the session
 * is: `authTimeSec`.
 */
export const createSessionFinder = (options: Omit<SessionCookieOptions, 'cookieName'>): SessionFinder => {
  const find = createFinder(options);
  return async (session, by, authTimeSec) =>
    options.sessions.isLive(session) ? (await find(session, by, authTimeSec)).finding : over(session, by);
};

/** The same as a credential: what stays open hangs on the session, whatever the request came with. */
export const createHeldAuthenticator =
  (find: SessionFinder) =>
  ({ session, by }: Basis, { authTimeSec }: Pick<Identity, 'authTimeSec'>): Authenticator =>
  () =>
    find(session, by, authTimeSec);
