import { holdsAll } from '../access/app.ts';
import type { Judge } from './answer.ts';

/**
 * The same judge for a front that forwards by itself: an app with sections shows each identity its own, and who may not see
 * everything has to come through dashgate. A front that was set up before the sections were must not lead around them.
 */
export const judgeAside =
  (judge: Judge): Judge =>
  async (request) => {
    const verdict = await judge(request);
    const { decision } = verdict;
    if (decision.kind !== 'allow' || !request.app.sections || holdsAll(request.app, decision.identity)) return verdict;
    const { identity } = decision;
    return { ...verdict, decision: { kind: 'deny', identity, reason: 'section-not-granted', missing: [] } };
  };
