import type { IncomingMessage } from 'node:http';
import { openUpstreamAuth } from '../../apps/upstream-auth.ts';
import type { AppConfig, Config } from '../../config/schema/config.ts';
import { type Approved, beginExchange } from '../../proxy/exchange.ts';
import { openUpstream } from '../../proxy/upstream.ts';
import { changed, type Headers } from '../../proxy/upstream-headers.ts';
import { isOurCookie } from '../../session/handoff-cookie.ts';
import { SILENT } from '../sections.ts';

/** What goes upstream beside what is the client's own. */
export interface Sent {
  readonly path: string;
  readonly headers: Headers;
}

/** What the proxy way would send, but for what the client itself brings. */
export async function sentOf(
  incoming: IncomingMessage,
  approved: Approved,
  settings: AppConfig,
  config: Config,
): Promise<Sent> {
  const auth = openUpstreamAuth([settings], SILENT);
  const upstream = await openUpstream(settings.upstream, {
    tls: settings.upstreamTls,
    prefix: settings.at.prefix,
    hasOwners: settings.delegation !== null,
  });
  try {
    const exchange = beginExchange(incoming, approved, {
      ...{ upstream, timeoutMs: settings.timeoutMs, isUpgrade: false, isRewritten: false },
      isOurCookie: isOurCookie(config.session.cookie.name),
      authorizationFor: auth.authorizationFor,
      onTimeout() {},
    });
    exchange.settle();
    const brought = new Set(Object.keys(incoming.headers).filter((name) => name !== 'host'));
    return { path: exchange.path, headers: changed(exchange.headers, [...brought]) };
  } finally {
    auth.close();
    upstream.agent.destroy();
  }
}
