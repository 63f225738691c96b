import { delegateOf, refuseByQuery } from '../apps/delegation.ts';
import type { Judge } from './answer.ts';

/**
 * The same judge, for apps whose service credential acts for somebody: who is there and cannot be named to the upstream does not
 * get there, as what they did would be the service's own doing.
 * @param isFront - whether somebody else forwards what is allowed
 */
export const judgeDelegating =
  (judge: Judge, { isFront }: { readonly isFront: boolean }): Judge =>
  async (request) => {
    const { app } = request;
    if (!app.delegation) return judge(request);
    const verdict = await judge(request);
    const { decision } = verdict;
    if (decision.kind !== 'allow') return verdict;
    if (isFront) refuseByQuery(app);
    if (delegateOf(app, decision.identity).kind !== 'untellable') return verdict;
    const { identity } = decision;
    const { basis: _basis, again: _again, ...refused } = verdict;
    return { ...refused, decision: { kind: 'deny', identity, reason: 'user-not-delegable', missing: [] } };
  };
