import type { Judge } from '../adapters/answer.ts';
import { judgeDelegating } from '../adapters/judge-delegating.ts';
import { judgePageToken } from '../adapters/judge-page-token.ts';
import { judgeTableau } from '../adapters/judge-tableau.ts';
import { judgeTelling } from '../adapters/judge-telling.ts';
import type { Tell } from '../apps/identity-adapter.ts';
import { openIdentityAdapters } from '../apps/identity-adapters.ts';
import { openVouchings, type Vouchings } from '../apps/tableau/vouching.ts';
import { type AuthorizationFor, openUpstreamAuth } from '../apps/upstream-auth.ts';
import type { Config } from '../config/schema/config.ts';
import type { Providers } from '../providers/registry.ts';
import { errorFields } from '../telemetry/log.ts';
import type { GateParts } from './parts.ts';
import { createSessionTokens } from './session-tokens.ts';

/** How apps are told who comes to them, by one version of the configuration. */
export interface Telling {
  readonly authorizationFor: AuthorizationFor;
  readonly tell: Tell;
  readonly vouchings: Vouchings;
  /**
   * The same judge, for ways that lead to an app: what is allowed comes with what the app is told, and who cannot be told of as
   * the app has to know them is refused.
   * @param isFront - whether somebody else forwards what is allowed
   */
  told(judge: Judge, isFront: boolean): Judge;
  close(): void;
}

/** @throws ConfigInvalid where a secret cannot be used */
export function openTelling(
  { apps, server }: Pick<Config, 'apps' | 'server'>,
  { clock, log, fetch, assertionKeys }: Pick<GateParts, 'clock' | 'log' | 'fetch' | 'assertionKeys'>,
  { providers, cookieName }: { readonly providers: Providers; readonly cookieName: string },
): Telling {
  using opening = new DisposableStack();
  const { authorizationFor, close: closeAuth } = openUpstreamAuth(apps, log);
  opening.defer(closeAuth);
  const identityAdapters = openIdentityAdapters(apps, {
    ...{ clock, log },
    asserts: { issuer: server.publicUrl.origin, keys: assertionKeys },
    tokensOf: createSessionTokens({ providers, clock, warn: (line, why) => log.warn(line, errorFields(why)) }),
  });
  opening.defer(identityAdapters.close);
  const { tell, isAlike } = identityAdapters;
  const vouchings = openVouchings(apps, { clock, log, fetch });
  opening.defer(vouchings.close);
  const opened = opening.move();
  return {
    ...{ authorizationFor, tell, vouchings },
    told(judge, isFront) {
      const telling = judgeTelling(judgeDelegating(judge, { isFront }), tell);
      // Last: it looks at all that the app would be told.
      return judgePageToken(judgeTableau(telling, vouchings), { cookieName, authorizationFor, isAlike, log });
    },
    close: () => opened.dispose(),
  };
}
