import type { Tell } from '../apps/identity-adapter.ts';
import type { Judge } from './answer.ts';

/** The same judge, for ways that lead to an app: what is allowed comes with what the app is told beside headers. */
export const judgeTelling =
  (judge: Judge, tell: Tell): Judge =>
  async (request) => {
    const verdict = await judge(request);
    const told =
      verdict.decision.kind === 'allow' ? tell(request.app, verdict.decision.identity, verdict.basis?.session) : null;
    if (!told) return verdict;
    // What is told ends sooner than the session.
    const { again: _, ...once } = verdict;
    return { ...once, told: await told };
  };
