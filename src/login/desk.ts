import type { Request, Response } from 'express';
import type { App } from '../access/app.ts';
import type { AssertionKeys } from '../apps/assertion-keys.ts';
import type { Arrival } from '../http/own-pages.ts';
import type { Acting } from '../identity/acting.ts';
import type { Attempts } from '../identity/attempts.ts';
import type { IdentityOf } from '../identity/identities.ts';
import { type Identity, namesOf, ownerOf } from '../identity/identity.ts';
import type { Modes } from '../identity/modes.ts';
import type { SessionFinder, SessionReader } from '../identity/session-cookie.ts';
import type { OfferedTokens } from '../identity/tokens/offered.ts';
import type { Clock } from '../lib/clock.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { parseReturnTarget } from '../lib/return-target.ts';
import { readSessionCookie } from '../session/cookie.ts';
import type { HandoffCodes } from '../session/handoff-codes.ts';
import type { LiveSessions } from '../session/live-sessions.ts';
import { isGoodAt, ownOf, type Session } from '../session/session.ts';
import type { SessionCookies } from '../session/session-cookies.ts';
import type { Sessions } from '../session/sessions.ts';
import type { SessionStore } from '../session/store.ts';
import type { Audit, AuditEvent } from '../telemetry/audit.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { DeviceCookie } from './device-cookie.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { Looks } from './looks.ts';
import type { Rules } from './rules.ts';

/** Where people sign in, and the other origins that apps are at. As browsers write them, from the configuration. */
export interface SignInHosts {
  /** That of `server.public_url`. */
  readonly signIn: string;
  /** A session is carried there, and nowhere else. */
  readonly others: Pick<ReadonlySet<string>, 'has' | 'size'>;
}

/** What signing in and out is done with. */
export interface Desk {
  readonly own: OwnPaths;
  readonly apps: readonly App[];
  readonly modes: Modes;
  readonly sessions: Sessions;
  readonly live: LiveSessions;
  /** By which apps check assertions. */
  readonly assertionKeys: AssertionKeys;
  readonly attempts: Attempts;
  readonly device: DeviceCookie;
  readonly identityOf: IdentityOf;
  readonly readSession: SessionReader;
  readonly findSession: SessionFinder;
  readonly hosts: SignInHosts;
  readonly handoffs: HandoffCodes;
  readonly cookies: SessionCookies;
  readonly looks: Looks;
  readonly rules: Rules;
  readonly elsewhere: Elsewhere;
  /** `null`: nobody can have access tokens. */
  readonly tokens: OfferedTokens | null;
  /** `null`: nobody may act as another user. */
  readonly impersonation: { readonly acting: Acting; readonly lifetimeSec: number } | null;
  readonly once: SessionStore['once'];
  readonly clock: Clock;
  /** What is for the log of an operator, rather than for the audit. */
  readonly warn: (message: string, why: Error | string) => void;
  readonly audit: Audit;
  readonly metrics: Metrics;
}

/** A response to a request that the listener has looked at. */
export type Arrived = Response<unknown, { arrival: Arrival }>;

export const FOREIGN_POST = 'A form needs an Origin header of this site; a program sends application/json.';

export const wantsJson = (request: Request): boolean => request.is('application/json') !== false;

/** Where to go afterwards, if that is a place of the origin that was asked; from the sign-in, also one of an app at another. */
export const returnTarget = (
  { hosts, own }: Pick<Desk, 'hosts' | 'own'>,
  text: unknown,
  { locals }: Arrived,
): string | null => {
  const { origin } = locals.arrival;
  const others = origin === hosts.signIn ? hosts.others : undefined;
  return parseReturnTarget(text, origin, own.prefix, [own.signedIn], others);
};

/** @param who - a text where it is not known, or where nobody acts as them */
export function note(
  { audit }: Desk,
  { locals }: Arrived,
  event: AuditEvent['event'],
  who: string | Identity,
  why: string,
): void {
  const { clientAddress, requestId } = locals.arrival;
  const names = typeof who === 'string' ? { who } : namesOf(who);
  audit({ event, ...names, what: 'login page', why, from: clientAddress, request: requestId });
}

/**
 * The session that the browser brought, by its cookie alone: no directory is asked, as an end may not depend on whether one
 * answers.
 */
export async function sessionOf(
  { sessions, cookies }: Desk,
  { headers }: Request,
  { locals }: Arrived,
): Promise<Session | null> {
  const reading = readSessionCookie(headers.cookie, cookies.name);
  const found = reading.kind === 'token' ? await sessions.find(reading.token) : null;
  return found?.kind === 'open' && isGoodAt(found.session, locals.arrival.origin) ? found.session : null;
}

/** Notes that a person is at a page of ours, and writes their cookie anew where that is due. */
export async function keepAlive(
  { cookies, live, sessions }: Desk,
  { session, identity }: { readonly session: Session; readonly identity: Identity },
  { headers }: Request,
  response: Arrived,
): Promise<void> {
  const { clientAddress: address } = response.locals.arrival;
  live.note(ownOf(session), { user: ownerOf(identity).user, address, agent: headers['user-agent'] });
  const renewing = sessions.use(session);
  if (!renewing) return;
  const { token } = await renewing;
  response.append('Set-Cookie', cookies.write(token, response.locals.arrival.origin));
}

/**
 * Ends the session that the browser brought, if it brought one, and takes its cookies away; of who acts as somebody else, their own
 * with it. @returns what somebody signed in by
 */
export async function endSession(desk: Desk, request: Request, response: Arrived): Promise<Session | null> {
  const { cookies, live, sessions } = desk;
  const session = await sessionOf(desk, request, response);
  response.append('Set-Cookie', cookies.clear(request.headers.cookie, response.locals.arrival.origin));
  if (!session) return null;
  const own = ownOf(session);
  for (const each of new Set([session, own])) sessions.end(each);
  live.drop(own.jti);
  return own;
}
