import type { Request } from 'express';
import { keptSecOf } from '../session/session.ts';
import type { Sealed } from '../session/sessions.ts';
import type { Arrived, Desk } from './desk.ts';
import { keepStorageApart } from './page-storage.ts';

/**
 * Gives the browser a session, in place of whatever it had of ours.
 * @param over - Set-Cookie values that end what led here
 */
export function handOut(
  desk: Pick<Desk, 'own' | 'apps' | 'cookies'>,
  request: Request,
  response: Arrived,
  { session, token }: Sealed,
  over: readonly string[] = [],
): void {
  const { origin } = response.locals.arrival;
  const cookies = desk.cookies.replace(request.headers.cookie, token, origin, keptSecOf(session));
  response.set('Set-Cookie', [...over, ...cookies]);
  keepStorageApart(desk, session.actingAs?.sub ?? session.sub, request, response);
}
