import { findApp } from '../access/app.ts';
import { type WantedProof, wantedProof } from '../access/conditions.ts';
import { type Demand, demandOf } from '../access/demand.ts';
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
  const demand = demandAt(apps, returnTo);
  if (!demand) return false;
  const { need, conditions } = demand;
  const granted = { kind: 'allow', identity, reason: 'granted' } as const;
  // Who has just proved all that they can goes on, to be told there that it does not do.
  return need !== 'public' && askForProof(granted, conditions, nowSec(clock)).kind === 'challenge';
}

/** What kind of proof the page asks for that somebody is to go back to, told from the page itself likewise. */
export const proofFor = ({ apps }: Pick<Desk, 'apps'>, returnTo: string | null): WantedProof =>
  wantedProof((returnTo !== null && demandAt(apps, returnTo)?.conditions) || []);

function demandAt(apps: Desk['apps'], returnTo: string): Demand | null {
  const { pathname, search, host } = new URL(returnTo);
  const target = readTarget(pathname + search, host);
  const app = target && findApp(apps, target);
  return app ? demandOf(app, target.decodedPath) : null;
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
