import type { Request } from 'express';
import { isNavigation } from '../http/navigation.ts';
import type { Identity } from '../identity/identity.ts';
import { keptSecOf, type Session } from '../session/session.ts';
import { type Arrived, type Desk, FOREIGN_POST, keepAlive } from './desk.ts';
import { contentTypeOf, isOwnPost } from './form.ts';

/** Who is at a page about what is theirs, by a session that is open. */
export interface Owner {
  readonly session: Session;
  readonly identity: Identity;
}

/** Whether it is a person who asks, and is to get a page; a program gets JSON. */
export const isPerson = (request: Request): boolean =>
  isNavigation('GET', request.headers, false) && contentTypeOf(request) !== 'application/json';

/** Whether a change was asked for by a page of ours or a program; else that has been answered. @param page - where people go on */
export function isOwn(request: Request, response: Arrived, page: string): boolean {
  if (isOwnPost(request, response.locals.arrival.origin)) return true;
  if (isPerson(request)) response.redirect(303, page);
  else response.status(403).json({ error: FOREIGN_POST });
  return false;
}

/** @returns `null` where nobody is signed in, or acts as another user, which has been answered */
export async function ownerOf(desk: Desk, request: Request, response: Arrived): Promise<Owner | null> {
  const owner = await openOwner(desk, request, response);
  if (!owner?.identity.act) return owner;
  // What is theirs is not to be taken for the other user's.
  if (isPerson(request)) response.redirect(303, desk.own.impersonate);
  else response.status(403).json({ error: 'You act as another user. Stop that first.', reason: 'acting' });
  return null;
}

/** The same also for who acts as another user. */
export async function openOwner(
  { own, readSession }: Desk,
  request: Request,
  response: Arrived,
): Promise<Owner | null> {
  const found = await readSession(request.headers.cookie, response.locals.arrival.origin);
  if (found?.kind === 'identified') return found;
  if (isPerson(request)) response.redirect(303, own.login);
  else
    response.status(401).set('WWW-Authenticate', 'Dashgate realm="dashgate"').json({ error: 'You are not signed in.' });
  return null;
}

/**
 * Begins a session that knows of a proof given just now, good at no other host than the one that does not. Whoever asks for that
 * ends the old one.
 */
export async function beginInstead(
  desk: Desk,
  request: Request,
  response: Arrived,
  { session, identity }: Owner,
): Promise<void> {
  const { cookies, live, sessions } = desk;
  const { host, ...rest } = session;
  const fresh = await sessions.begin(rest, session.isRemembered ?? false);
  const begun = host === undefined ? fresh : await sessions.anew({ ...fresh.session, host });
  response.append('Set-Cookie', cookies.write(begun.token, response.locals.arrival.origin, keptSecOf(begun.session)));
  await keepAlive(desk, { session: begun.session, identity }, request, response);
  live.drop(session.jti);
}
