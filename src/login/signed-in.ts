import type { Request } from 'express';
import { allowScript } from '../http/security-headers.ts';
import type { Arrived, Desk } from './desk.ts';
import { LOGIN_FIELDS } from './pages/index.ts';

/** Where a window ends that a waiting page opened to sign in: for who is signed in the end of it, for others the way there. */
export async function showSignedIn(
  { looks, own, readSession }: Desk,
  request: Request,
  response: Arrived,
): Promise<void> {
  const found = await readSession(request.headers.cookie, response.locals.arrival.origin);
  if (found?.kind !== 'identified') {
    response.redirect(303, `${own.login}?${LOGIN_FIELDS.returnTo}=${encodeURIComponent(own.signedIn)}`);
    return;
  }
  const script = own.asset(looks.scripts.signedIn.name);
  allowScript(response, response.locals.arrival.origin + script);
  response.type('html').send(looks.pages.signedIn(script));
}
