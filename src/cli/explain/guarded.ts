import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessRequest } from '../../access/request.ts';
import type { Verdict } from '../../adapters/adapter.ts';
import { askedOf, type ClientAnswer } from '../../adapters/client-answer.ts';
import type { AppConfig, Config } from '../../config/schema/config.ts';
import { createGuard } from '../../dash/guard.ts';
import type { Directory } from '../../directories/directory.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Approved } from '../../proxy/exchange.ts';
import { grantedNow, openAsking, SILENT } from '../sections.ts';

export interface Guarding {
  readonly config: Config;
  readonly settings: AppConfig;
  readonly directory: Pick<Directory, 'granted'>;
  readonly clock: Clock;
  readonly client: ClientAnswer;
}

/** What the sections of an app make of a request that was let in: it passes, or is refused. */
export type Guarded =
  | { readonly kind: 'passed'; readonly approved: Approved }
  | { readonly kind: 'refused'; readonly verdict: Verdict }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Hands it to the guard of the app's sections, as the proxy way does; it asks the running app where its Dash is. */
export async function guarded(
  approved: Approved,
  request: AccessRequest,
  [incoming, response]: readonly [IncomingMessage, ServerResponse],
  { config, settings, directory, clock, client }: Guarding,
): Promise<Guarded> {
  await using asking = await openAsking(config, settings);
  let became: Guarded = { kind: 'passed', approved };
  const guard = createGuard({
    apps: [approved.app],
    proxy: {
      fetch: asking.proxy.fetch,
      web(_incoming, _response, passed) {
        became = { kind: 'passed', approved: passed };
      },
    },
    granted: () => grantedNow(config, directory),
    jobKeys: () => [],
    ...{ clock, log: SILENT },
    refuse(sections, asked, { app, identity, setCookies }) {
      const missing = sections.map((name) => ({ app: app.name, name }));
      const decision = { kind: 'deny', identity, reason: 'section-not-granted', missing } as const;
      const verdict = { decision, setCookies, who: identity.sub, isSignIn: false };
      client.refuse(verdict, asked, response);
      became = { kind: 'refused', verdict };
    },
    fail(error, asked) {
      client.fail(error, askedOf(asked), response);
      became = { kind: 'failed', error };
    },
  });
  if (guard.watches(approved)) await guard.web(incoming, response, approved, request);
  return became;
}
