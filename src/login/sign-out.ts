import type { Request } from 'express';
import { allowScript } from '../http/security-headers.ts';
import { nowSec } from '../lib/clock.ts';
import { askProof } from './ask-proof.ts';
import { type Arrived, type Desk, endSession, FOREIGN_POST, note, sessionOf, wantsJson } from './desk.ts';
import { isOwnPost, readFields } from './form.ts';
import { waitForPress } from './go-ahead.ts';
import { emptyStorage } from './page-storage.ts';
import { LOGOUT_FIELDS } from './pages/index.ts';
import { findProof, hasProof } from './proof.ts';
import { signOutElsewhere } from './provider-logout.ts';
import { forgetUser } from './remembered-user.ts';

/** Asks: a link or an image on another site cannot sign anybody out. */
export async function askSignOut(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { cookies, hosts, looks, own, tokens } = desk;
  const { origin } = response.locals.arrival;
  const session = await sessionOf(desk, request, response);
  response.type('html');
  if (session) {
    response.send(
      looks.pages.logout({
        name: session.name || session.sub,
        continueTo: own.login,
        mayEverywhere: hasProof(session),
        hasTokens: tokens !== null,
      }),
    );
    return;
  }
  response.append('Set-Cookie', cookies.clear(request.headers.cookie, origin));
  waitForPress(desk, response);
  const script = own.asset(looks.scripts.signedOut.name);
  allowScript(response, origin + script);
  response.send(looks.pages.signedOut({ isEverywhere: hosts.others.size > 0, script }));
}

/** Ends the session on the server, so that its cookie is worth nothing to whoever may have a copy. */
export async function signOut(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { metrics, own, sessions } = desk;
  if (!isOwnPost(request, response.locals.arrival.origin)) {
    if (wantsJson(request)) response.status(403).json({ error: FOREIGN_POST });
    else response.redirect(303, own.logout);
    return;
  }
  // A body of another kind has nothing to say, and keeps nobody from signing out.
  const isRead = request.is(['application/json', 'application/x-www-form-urlencoded']);
  const { everywhere, password } = isRead ? readFields(request, Object.values(LOGOUT_FIELDS)) : {};
  if (everywhere === 'on' && !(await endEverywhere(desk, request, response, password))) return;
  const session = await endSession(desk, request, response);
  emptyStorage(desk, response);
  forgetUser(response, own.login, response.locals.arrival.origin.startsWith('https:'));
  // Also when it was ended by a try before this one: who is told that it is done can rely on it.
  await sessions.confirmEnds();
  if (session) {
    note(desk, response, 'logout', session.sub, everywhere === 'on' ? 'everywhere' : 'asked');
    metrics.signedOut();
  }
  waitForPress(desk, response);
  const elsewhere = await signOutElsewhere(desk, session);
  if (wantsJson(request)) response.json({ signed_out: true, ...(elsewhere && { sign_out_at: elsewhere.href }) });
  // A page of ours, as a form may lead nowhere else (CSP `form-action`).
  else if (elsewhere || isAway(desk, response)) {
    const href = elsewhere?.href ?? `${desk.hosts.signIn}${own.logout}`;
    response.type('html').send(desk.looks.pages.onward({ what: 'signed-out', href }));
  } else response.redirect(303, own.logout);
}

/** Where the sign-in is has to learn of it too: it would go ahead otherwise. */
const isAway = ({ hosts, rules }: Desk, { locals }: Arrived): boolean =>
  rules.isAuto && locals.arrival.origin !== hosts.signIn;

/**
 * Ends all sessions of who is there, by the password or a sign-in just now; who only said a name ends their own alone.
 * @returns false where a proof is missing, which has been answered
 */
async function endEverywhere(
  desk: Desk,
  request: Request,
  response: Arrived,
  password: string | undefined,
): Promise<boolean> {
  const { clock, live, readSession, sessions } = desk;
  const found = await readSession(request.headers.cookie, response.locals.arrival.origin);
  if (found?.kind !== 'identified' || !hasProof(found.session)) return true;
  const proof = await findProof(desk, response, found, password);
  if (proof.kind === 'asked') {
    const { identity } = found;
    askProof(desk, response, proof, wantsJson(request) ? null : { what: 'sign-out-everywhere', identity });
    return false;
  }
  const { sub } = found.session;
  sessions.endAllOf(sub, nowSec(clock));
  for (const { jti } of await live.of(sub)) live.drop(jti);
  return true;
}
