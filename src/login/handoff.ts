import type { Request } from 'express';
import { isNavigation } from '../http/navigation.ts';
import type { Identity } from '../identity/identity.ts';
import { beginHandoff, endHandoff, hasBegun, hasJustDone } from '../session/handoff-cookie.ts';
import type { Session } from '../session/session.ts';
import { type Arrived, type Desk, endSession, keepAlive, note, returnTarget } from './desk.ts';
import { handOut } from './hand-out.ts';
import { type HandoffProblem, LOGIN_FIELDS } from './pages/index.ts';
import { asksForMore } from './step-up.ts';

/** `for`: the digest of the nonce that the browser left with; `code`: what it comes back with. */
const FIELDS = { returnTo: LOGIN_FIELDS.returnTo, for: 'for', code: 'code' } as const;

/** nginx takes a request line of 8 kB (`large_client_header_buffers`). */
const LONGEST_ADDRESS = 7900;

const addressOf = (origin: string, path: string, fields: Record<string, string | null>): string => {
  const url = new URL(path, origin);
  for (const [name, value] of Object.entries(fields)) if (value !== null) url.searchParams.set(name, value);
  return url.href;
};

/** Where to go from the sign-in's form when the way on is at another host: a look at whether the cookie was kept comes first. */
export const afterSignIn = ({ hosts, own }: Desk, target: string): string =>
  hosts.others.has(new URL(target).origin)
    ? addressOf(hosts.signIn, own.handoff, { [FIELDS.returnTo]: target })
    : target;

/** Sends a browser from the login address of an app's host to the sign-in, with a nonce that only this browser has. */
export function leaveForSignIn(
  { hosts, own }: Desk,
  request: Request,
  response: Arrived,
  returnTo: string | null,
): void {
  const { origin } = response.locals.arrival;
  const mode = request.query[LOGIN_FIELDS.mode];
  if (returnTo === null) {
    const fields = { [LOGIN_FIELDS.mode]: typeof mode === 'string' ? mode : null };
    response.redirect(302, addressOf(hosts.signIn, own.login, fields));
    return;
  }
  const { digest, setCookies } = beginHandoff(request.headers.cookie, origin);
  response.append('Set-Cookie', setCookies);
  const fields = { [FIELDS.returnTo]: returnTo, [FIELDS.for]: digest };
  response.redirect(302, addressOf(hosts.signIn, own.handoff, fields));
}

/** For who is signed in at an app's host, and means to be somebody else. */
export const signInAnew = ({ hosts, own }: Desk, returnTo: string): string =>
  addressOf(hosts.signIn, own.login, { [LOGIN_FIELDS.returnTo]: returnTo });

/** Gives a session to the host of an app: at the sign-in a code is made, and at that host it is taken. */
export async function handOff(desk: Desk, request: Request, response: Arrived): Promise<void> {
  response.set('Referrer-Policy', 'no-referrer');
  const isDocument = (request.headers['sec-fetch-dest'] ?? 'document') === 'document';
  if (!isNavigation(request.method, request.headers, false) || !isDocument) {
    response
      .status(401)
      .set('WWW-Authenticate', 'Dashgate realm="dashgate"')
      .json({ error: 'Only a page goes this way.' });
    return;
  }
  const { code } = request.query;
  const isAtSignIn = response.locals.arrival.origin === desk.hosts.signIn;
  if (isAtSignIn && code === undefined) await give(desk, request, response);
  else await take(desk, request, response, typeof code === 'string' ? code : '');
}

/** At the sign-in: a code for who is signed in, the form for who is not. */
async function give(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { handoffs, hosts, own, readSession } = desk;
  const returnTo = returnTarget(desk, request.query[FIELDS.returnTo], response);
  const origin = returnTo === null ? '' : new URL(returnTo).origin;
  const nonceDigest = request.query[FIELDS.for];
  const isLeft = nonceDigest !== undefined;
  if (returnTo === null || !hosts.others.has(origin) || (isLeft && !isDigest(nonceDigest))) {
    refuse(desk, response, 'unreadable', null);
    return;
  }
  const found = await readSession(request.headers.cookie, response.locals.arrival.origin);
  if (found?.kind !== 'identified') {
    if (isLeft) response.redirect(303, signInAnew(desk, returnTo));
    // Who comes here straight from the form has a session, unless the browser did not keep it.
    else refuse(desk, response, 'not-kept', returnTo);
    return;
  }
  await keepAlive(desk, found, request, response);
  if (!isLeft) {
    response.redirect(303, returnTo);
    return;
  }
  // What is brought there has to be enough for the page, or the browser would be sent round.
  if (asksForMore(desk, returnTo, found.identity)) {
    response.redirect(303, signInAnew(desk, returnTo));
    return;
  }
  const code = await handoffs.make({ session: found.session, origin, nonceDigest });
  const whole = addressOf(origin, own.handoff, { [FIELDS.returnTo]: returnTo, [FIELDS.code]: code });
  // Who wanted a page by a very long address is signed in all the same, and shown what there is.
  const address = whole.length <= LONGEST_ADDRESS ? whole : addressOf(origin, own.handoff, { [FIELDS.code]: code });
  response.redirect(303, address);
}

const isDigest = (text: unknown): text is string => typeof text === 'string' && /^[\w-]{43}$/.test(text);

/** At an app's host: the code for a cookie, in the browser that left from here. */
async function take(desk: Desk, request: Request, response: Arrived, code: string): Promise<void> {
  const { readSession } = desk;
  const { origin } = response.locals.arrival;
  const { cookie } = request.headers;
  const returnTo = returnTarget(desk, request.query[FIELDS.returnTo], response);
  const arrived = await arrivalOf(desk, request, response, code);
  const here = await readSession(cookie, origin);
  if (typeof arrived === 'string') {
    // Another page of this browser was faster, or the way back was taken once more: who is signed in already just goes on.
    if (here?.kind === 'identified' && returnTo !== null) response.redirect(303, returnTo);
    else refuse(desk, response, arrived, returnTo);
    return;
  }
  const { session, identity } = arrived;
  const isHere = here?.kind === 'identified' && here.session.jti === session.jti;
  if (!isHere && hasJustDone(cookie, session.jti, origin)) {
    response.append('Set-Cookie', endHandoff(cookie, null, origin));
    refuse(
      desk,
      response,
      here?.kind === 'rejected' && here.reason === 'duplicate-cookie' ? 'cookie-twice' : 'not-kept',
      returnTo,
    );
    return;
  }
  if (!isHere) await bring(desk, request, response, session);
  response.append('Set-Cookie', endHandoff(cookie, session.jti, origin));
  note(desk, response, 'handoff', identity, new URL(origin).host);
  response.redirect(303, returnTo ?? `${origin}${desk.own.login}`);
}

/** Reads a code, which is used up by that. @returns the session as it is now, or why there is none */
async function arrivalOf(
  { findSession, handoffs }: Desk,
  { headers }: Request,
  { locals }: Arrived,
  code: string,
): Promise<{ readonly session: Session; readonly identity: Identity } | HandoffProblem> {
  const found = await handoffs.take(code);
  if (found.kind !== 'good') return found.kind;
  const { origin, nonceDigest, session } = found.handoff;
  const { arrival } = locals;
  if (origin !== arrival.origin || !hasBegun(headers.cookie, nonceDigest, origin)) return 'not-begun-here';
  const person = await findSession(session, 'cookie');
  if (person?.kind !== 'identified') return 'session-over';
  const { identity } = person;
  // Lists as the directory has them now: a code has no room for long ones. What a provider said stands nowhere else.
  const { groups, allowedResources } = session.provider ? session : identity;
  // And of use here alone.
  return { session: { ...session, groups, allowedResources, host: new URL(origin).hostname }, identity };
}

/** Writes the session's cookie here, in place of whatever was there. */
async function bring(desk: Desk, request: Request, response: Arrived, session: Session): Promise<void> {
  await endSession(desk, request, response);
  handOut(desk, request, response, await desk.sessions.anew(session));
}

/** At an app's host where more than one session cookie came: they are taken away as far as that goes, and the page says so. */
export function refuseTwice(desk: Desk, request: Request, response: Arrived, returnTo: string | null): void {
  const { origin } = response.locals.arrival;
  const { cookie } = request.headers;
  response.append('Set-Cookie', [...desk.cookies.clear(cookie, origin), ...endHandoff(cookie, null, origin)]);
  refuse(desk, response, 'cookie-twice', returnTo);
}

/** A page that says what to do: what went wrong here is never tried again by itself. */
function refuse(desk: Desk, response: Arrived, problem: HandoffProblem, returnTo: string | null): void {
  const { origin, requestId } = response.locals.arrival;
  note(desk, response, 'handoff-refused', '', problem);
  const againHref = addressOf(origin, desk.own.login, { [LOGIN_FIELDS.returnTo]: returnTo });
  response
    .status(403)
    .type('html')
    .send(desk.looks.pages.handoff({ problem, host: new URL(origin).host, againHref, requestId }));
}
