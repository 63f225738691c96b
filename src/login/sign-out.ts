import type { Request } from 'express';
import { PREFIX } from '../http/prefix.ts';
import { type Arrived, type Desk, endSession, FOREIGN_POST, note, sessionOf, wantsJson } from './desk.ts';
import { isOwnPost } from './form.ts';
import { LOGIN_PATH } from './pages/index.ts';
import { forgetUser } from './remembered-user.ts';

/** Asks: a link or an image on another site cannot sign anybody out. */
export async function askSignOut(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { cookies, pages } = desk;
  const { origin } = response.locals.arrival;
  const session = await sessionOf(desk, request);
  response.type('html');
  if (session) {
    response.send(pages.logout({ name: session.name || session.sub, continueTo: `${PREFIX}/login` }));
    return;
  }
  response.append('Set-Cookie', cookies.clear(request.headers.cookie, origin));
  response.send(pages.signedOut());
}

/** Ends the session on the server, so that its cookie is worth nothing to whoever may have a copy. */
export async function signOut(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { metrics, sessions } = desk;
  if (!isOwnPost(request, response.locals.arrival.origin)) {
    if (wantsJson(request)) response.status(403).json({ error: FOREIGN_POST });
    else response.redirect(303, `${PREFIX}/logout`);
    return;
  }
  const session = await endSession(desk, request, response);
  forgetUser(response, LOGIN_PATH, response.locals.arrival.origin.startsWith('https:'));
  // Also when it was ended by a try before this one: who is told that it is done can rely on it.
  sessions.confirmEnds();
  if (session) {
    note(desk, response, 'logout', session.sub, 'asked');
    metrics.signedOut();
  }
  if (wantsJson(request)) response.json({ signed_out: true });
  else response.redirect(303, `${PREFIX}/logout`);
}
