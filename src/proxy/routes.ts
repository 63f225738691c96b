import type { App } from '../access/app.ts';
import type { Upstream as UpstreamAddress } from '../config/schema/app-address.ts';
import { createPublicAnswer, type PublicAnswer, type Rewritten } from './public-answer.ts';
import { openUpstream, type Upstream, type UpstreamTls } from './upstream.ts';

export interface ProxiedApp {
  readonly app: App;
  readonly upstream: UpstreamAddress;
  readonly upstreamTls: UpstreamTls | null;
  /** How long the upstream may be silent before its answer begins, in milliseconds. */
  readonly timeoutMs: number;
  /** What of its addresses in answers is put as browsers find it. */
  readonly rewrite?: Rewritten | null;
}

/** How an app's requests go upstream, and its answers come back. */
export interface Route {
  readonly upstream: Upstream;
  /** @param app - at the host that was asked */
  readonly publicAnswerAt: (app: App) => PublicAnswer | null;
  readonly timeoutMs: number;
}

/** By the apps' names. @throws ConfigInvalid where a file of authorities cannot be used */
export async function openRoutes(apps: readonly ProxiedApp[]): Promise<Map<string, Route>> {
  const opening = apps.map(
    async ({ app, upstream, upstreamTls: tls, timeoutMs, rewrite }): Promise<[string, Route]> => {
      const { name, prefix, delegation } = app;
      const opened = await openUpstream(upstream, { tls, prefix, hasOwners: delegation !== null });
      const publicAnswerAt: Route['publicAnswerAt'] = (asked) =>
        rewrite ? createPublicAnswer(asked, upstream, rewrite) : null;
      return [name, { upstream: opened, publicAnswerAt, timeoutMs }];
    },
  );
  return new Map(await Promise.all(opening));
}
