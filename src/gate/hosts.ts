import type { IncomingMessage } from 'node:http';
import { refuseRepeated } from '../adapters/incoming.ts';
import type { Config } from '../config/schema/config.ts';
import { NothingHere } from '../errors.ts';
import type { Arrival } from '../http/own-pages.ts';
import { clientAddress, type PeerOf, type TrustedPeers } from '../lib/client-address.ts';
import { parseHost } from '../lib/target.ts';
import type { SignInHosts } from '../login/desk.ts';

/** The hosts at which dashgate answers: its own and its apps'. */
export interface Hosts extends SignInHosts {
  /** Those at whose root there is no app. */
  readonly homes: readonly { readonly host: string; readonly origin: string }[];
  /** @throws NothingHere, BadTarget, BadHeaders where a request cannot be for a page of ours */
  arrive(incoming: IncomingMessage): Omit<Arrival, 'requestId'>;
}

export function createHosts({ server, apps }: Config, peerOf: PeerOf, trusted: TrustedPeers): Hosts {
  const origins = new Map([server.publicUrl, ...apps.map(({ at }) => at)].map(({ host, origin }) => [host, origin]));
  const signIn = server.publicUrl.origin;
  return {
    signIn,
    others: new Set([...origins.values()].filter((origin) => origin !== signIn)),
    homes: [...origins]
      .map(([host, origin]) => ({ host, origin }))
      .filter(({ host }) => !apps.some(({ at }) => at.host === host && at.prefix === '/')),
    arrive(incoming) {
      refuseRepeated(incoming.rawHeaders);
      const origin = origins.get(parseHost(incoming.headers.host));
      if (origin === undefined) throw new NothingHere('no page of dashgate is at this host', { isOtherHost: true });
      const forwarded = String(incoming.headers['x-forwarded-for'] ?? '');
      return { clientAddress: clientAddress(peerOf(incoming), forwarded, trusted), origin };
    },
  };
}
