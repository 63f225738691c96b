import { findApp } from '../access/app.ts';
import { demandOf } from '../access/demand.ts';
import { askForProof } from '../access/step-up.ts';
import { BadTarget } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { nowSec } from '../lib/clock.ts';
import { parseTarget, type Target } from '../lib/target.ts';
import type { Desk } from './desk.ts';

/**
 * Whether the page that somebody is to go back to asks for another proof than their session has: to continue there with that
 * session would lead back here. Told from the page itself, so that no link can say so.
 * @param returnTo - as {@link parseReturnTarget} gives it
 */
export function asksForMore(
  { apps, clock }: Pick<Desk, 'apps' | 'clock'>,
  returnTo: string,
  identity: Identity,
): boolean {
  const { pathname, search, host } = new URL(returnTo);
  const target = readTarget(pathname + search, host);
  const app = target && findApp(apps, target);
  if (!app) return false;
  const { need, conditions } = demandOf(app, target.decodedPath);
  const granted = { kind: 'allow', identity, reason: 'granted' } as const;
  // Who has just proved all that they can goes on, to be told there that it does not do.
  return need !== 'public' && askForProof(granted, conditions, nowSec(clock)).kind === 'challenge';
}

/** `null`: it has no unambiguous form, so nothing is at it. */
function readTarget(uri: string, host: string): Target | null {
  try {
    return parseTarget(uri, host);
  } catch (error) {
    if (error instanceof BadTarget) return null;
    throw error;
  }
}
