import type { Config } from '../config/schema/config.ts';
import { UsageError } from '../errors.ts';
import { METHOD_OVERRIDES } from '../lib/method-override.ts';
import type { InitOptions } from './options.ts';
import { render } from './template.ts';
import { nothing, Written } from './text.ts';

/** On Debian and most others in memory. */
const FOLDER = '/run/dashgate-checks';

/**
 * All that dashgate is told of a request, but for its id and what only the answer to a refusal is written by. The method is in it,
 * as is the address of the client, whether or not an app has networks.
 */
const INPUTS = [
  ...['$dashgate_app', '$dashgate_host', '$request_method', '$request_uri', '$remote_addr', '$http_cookie'],
  ...['$http_origin', '$http_x_requested_with', '$http_accept', '$http_content_type'],
  ...['$http_sec_fetch_site', '$http_sec_fetch_mode', '$http_sec_fetch_dest', '$http_sec_fetch_user'],
  ...METHOD_OVERRIDES.map((name) => `$http_${name.replaceAll('-', '_')}`),
];

/** nginx's memory of what was allowed, for the http context. @throws UsageError where it would keep what it may not */
export function authCache({ apps }: Pick<Config, 'apps'>, { authCacheSec, whole, temp }: InitOptions): Written {
  if (authCacheSec === 0) return nothing;
  for (const app of apps) {
    const by = givenBy(app);
    if (by === null) continue;
    throw new UsageError(
      `--auth-cache: nginx would keep the credential that ${app.name} is given (${by}) in a file; leave one of them out`,
    );
  }
  return render('cache', { folder: whole ? `${temp}/dashgate-checks` : FOLDER });
}

/** By what an app is given a credential that counts elsewhere and for longer; `null`: by nothing. */
function givenBy({ identity, upstreamAuth }: Config['apps'][number]): string | null {
  if (upstreamAuth === 'fixed') return 'upstream_auth';
  const way = (['bearer', 'panel', 'tableau'] as const).find((each) => identity.includes(each));
  return way ? `identity: [${way}]` : null;
}

/** The same, for where the check is asked. */
export const cachedCheck = ({ authCacheSec }: Pick<InitOptions, 'authCacheSec'>): Written =>
  authCacheSec === 0
    ? nothing
    : render('cached', {
        key: new Written(`"${INPUTS.join('\\n')}"`),
        // nginx counts whole seconds, and what it kept at the beginning of one is good until the end of the last.
        seconds: new Written(`${authCacheSec - 1}s`),
      });
