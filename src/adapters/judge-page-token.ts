import type { AccessRequest } from '../access/request.ts';
import type { BokehToken } from '../apps/bokeh-token.ts';
import type { IsAlike } from '../apps/identity-adapter.ts';
import { pageTokenOf } from '../apps/page-token.ts';
import type { Log } from '../telemetry/log.ts';
import type { Verdict } from './adapter.ts';
import { type AllowedOptions, toldHeaders } from './allowed-headers.ts';
import type { Judge } from './answer.ts';
import { type Expected, whatDisagrees } from './page-token.ts';

export interface PageTokenOptions extends AllowedOptions {
  readonly isAlike: IsAlike;
  readonly log: Log;
}

/**
 * The same judge for servers of Bokeh's, whose apps take from a token of the client what headers and cookies their page was loaded
 * by, and so who it was. What a token says of that has to be what the app would be told now.
 */
export const judgePageToken =
  (judge: Judge, options: PageTokenOptions): Judge =>
  async (request) => {
    const verdict = await judge(request);
    const { decision } = verdict;
    if (decision.kind !== 'allow' || request.app.pageTokens === null) return verdict;
    const token = pageTokenOf(request);
    if (token === 'none') return verdict;
    const wrong = token === 'bad' ? 'the token itself' : await disagreement(token, verdict, request, options);
    if (wrong === null) {
      // The token is looked into each time.
      const { again: _, ...once } = verdict;
      return once;
    }
    options.log.info('a page brought a token that its session would not be given', {
      ...{ app: request.app.name, request: request.id, disagrees: wrong },
    });
    const { identity } = decision;
    const { told: _told, basis: _basis, again: _again, ...refused } = verdict;
    return { ...refused, decision: { kind: 'deny', identity, reason: 'page-token-wrong', missing: [] } };
  };

async function disagreement(
  token: BokehToken,
  { decision, told }: Verdict,
  request: AccessRequest,
  { cookieName, authorizationFor, isAlike }: PageTokenOptions,
): Promise<string | null> {
  if (decision.kind !== 'allow') return 'the decision';
  const { app } = request;
  // The page was asked for by GET, and its socket is.
  const expected: Expected = {
    app,
    headers: toldHeaders(request, decision, told),
    cookies: told?.cookies ?? [],
    authorization: told?.authorization ?? '',
    authorizationFor: (given) => authorizationFor({ ...request, identity: decision.identity }, given),
    cookieName,
    isAlike: (name, before, now) => isAlike(app, name, before, now),
  };
  return whatDisagrees(token, expected);
}
