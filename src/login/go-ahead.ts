import type { Request } from 'express';
import type { Arrived, Desk } from './desk.ts';
import { LOGIN_PATH } from './pages/index.ts';

const NAME = 'dashgate-went-ahead';
const WITHIN_SEC = 20;

/**
 * Whether the login page is left out: there is one way only, the operator wants it so, and this browser has not been sent on just
 * now, as one is that keeps no session.
 */
export const goesAhead = ({ isAuto, providers, showsForm }: Desk, { headers }: Request): boolean =>
  isAuto && !showsForm && providers.all.length === 1 && !(headers.cookie ?? '').includes(`${NAME}=`);

export function keepFromCircling(response: Arrived): void {
  const secure = response.locals.arrival.origin.startsWith('https:') ? '; Secure' : '';
  const attributes = `; Path=${LOGIN_PATH}; Max-Age=${WITHIN_SEC}; HttpOnly; SameSite=Lax${secure}`;
  response.append('Set-Cookie', `${NAME}=1${attributes}`);
}
