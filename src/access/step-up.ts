import { PERSONAL_TOKEN } from '../identity/identity.ts';
import { type Condition, proofProblem } from './conditions.ts';
import type { Decision } from './decide.ts';

/** A proof that is younger than this was given for what is asked now: another of its kind would be no better. In seconds. */
const JUST_NOW_SEC = 60;

/**
 * Whether the proof behind a permission does, too: what is too old is asked for anew, and what is too weak likewise, but of who
 * has just proved all that they can: they would be sent round in a circle.
 */
export function askForProof(decision: Decision, conditions: readonly Condition[], nowSec: number): Decision {
  if (decision.kind !== 'allow' || decision.reason === 'public') return decision;
  const { identity } = decision;
  const reason = proofProblem(conditions, identity, nowSec);
  if (reason === null) return decision;
  // A program with such a token, or the page of a connected app, has nothing else to show, and nobody to ask.
  if (identity.amr.includes(PERSONAL_TOKEN) || identity.connected !== undefined) {
    return {
      ...{ kind: 'deny', identity, missing: [] },
      reason: reason === 'proof-too-old' ? 'token-not-enough' : reason,
    };
  }
  const isAllThereIs = identity.amr.length > 0 && nowSec - identity.authTimeSec < JUST_NOW_SEC;
  return reason === 'proof-too-weak' && isAllThereIs
    ? { kind: 'deny', identity, reason, missing: [] }
    : { kind: 'challenge', reason };
}
