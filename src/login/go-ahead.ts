import type { Request } from 'express';
import type { Arrived, Desk } from './desk.ts';

const NAME = 'dashgate-went-ahead';
const WITHIN_SEC = 20;

/**
 * Whether the login page is left out: there is one way only, the operator wants it so, and this browser has not been sent on just
 * now, as one is that keeps no session, nor told that it is signed out. Nor does it come from there this very moment, by a redirect
 * URI of an app: it might keep nothing at all, and would be sent round in circles.
 */
export const goesAhead = ({ elsewhere, rules }: Desk, { headers }: Request, returnTo: string | null): boolean =>
  rules.isAuto &&
  !rules.showsForm &&
  elsewhere.providers.all.length === 1 &&
  !(headers.cookie ?? '').includes(`${NAME}=`) &&
  !(returnTo !== null && elsewhere.wayBack.wasAnswer(returnTo));

export function keepFromCircling({ own }: Pick<Desk, 'own'>, response: Arrived): void {
  response.append('Set-Cookie', cookie(own.login, response, '1', `; Max-Age=${WITHIN_SEC}`));
}

/**
 * From here on only a press of the button leads to the provider, until somebody signs in or closes the browser: it might well sign
 * in again whoever has just signed out, or refuse again whom it has just refused, without a word.
 */
export function waitForPress({ own, rules }: Pick<Desk, 'own' | 'rules'>, response: Arrived): void {
  if (rules.isAuto) response.append('Set-Cookie', cookie(own.login, response, 'wait', ''));
}

/** @returns Set-Cookie values that take that back */
export const waitNoMore = ({ own, rules }: Pick<Desk, 'own' | 'rules'>, response: Arrived): string[] =>
  rules.isAuto ? [cookie(own.login, response, '', '; Max-Age=0')] : [];

function cookie(path: string, { locals }: Arrived, value: string, age: string): string {
  const secure = locals.arrival.origin.startsWith('https:') ? '; Secure' : '';
  return `${NAME}=${value}; Path=${path}${age}; HttpOnly; SameSite=Lax${secure}`;
}
