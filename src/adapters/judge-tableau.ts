import { ownPath } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import { TableauRefused } from '../apps/tableau/api-tokens.ts';
import type { Vouching, Vouchings } from '../apps/tableau/vouching.ts';
import type { Verdict } from './adapter.ts';
import type { Judge } from './answer.ts';

/** The REST API, but for what signs in and out by itself: nobody ends or moves what dashgate keeps. */
const isApi = ({ app, target }: AccessRequest): boolean =>
  /^\/api\/(?![^/]+\/auth(?:\/|$))[^/]+\/./i.test(ownPath(app, target.decodedPath));

/**
 * The same judge, for apps behind which a real Tableau is: what goes to its REST API goes with the API token of who asks.
 * @throws TableauUnavailable
 */
export const judgeTableau =
  (judge: Judge, vouchings: Pick<Vouchings, 'of'>): Judge =>
  async (request) => {
    const verdict = await judge(request);
    if (!request.app.tellsTableau || verdict.decision.kind !== 'allow' || !isApi(request)) return verdict;
    const vouching = vouchings.of(request.app);
    // Of a public path nobody is told, and it goes as it is.
    if (!vouching || verdict.decision.identity.sub === '') return verdict;
    return tellToken(verdict, vouching);
  };

async function tellToken(verdict: Verdict, vouching: Vouching): Promise<Verdict> {
  const { decision, told, again: _again, ...rest } = verdict;
  if (decision.kind !== 'allow') return verdict;
  const { identity } = decision;
  const deny = (more: { reason: 'user-not-delegable' } | { reason: 'tableau-refused'; code: string }): Verdict => {
    const { basis: _basis, ...refused } = rest;
    return { ...refused, decision: { kind: 'deny', identity, missing: [], ...more } };
  };
  const user = vouching.userOf(identity);
  if (user === null) return deny({ reason: 'user-not-delegable' });
  const session = rest.basis?.session ?? null;
  const tell = async (): Promise<NonNullable<Verdict['told']>> => {
    const tableau = await vouching.api.tokenFor(user, session);
    const tableauRenewal = {
      isWorthIt: () => vouching.api.forget(user, tableau),
      renew: () => vouching.api.tokenFor(user, session),
    };
    return { cookies: [], assertion: '', authorization: '', ...told, tableau, tableauRenewal };
  };
  try {
    return { ...rest, decision, told: await tell() };
  } catch (error) {
    if (!(error instanceof TableauRefused)) throw error;
    return deny({ reason: 'tableau-refused', code: error.code });
  }
}
