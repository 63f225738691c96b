import type { IncomingMessage } from 'node:http';
import { refuseRepeated } from '../adapters/incoming.ts';
import type { Config } from '../config/schema/config.ts';
import { NothingHere } from '../errors.ts';
import type { Arrival } from '../http/own-pages.ts';
import { clientAddress, type PeerOf, type TrustedPeers } from '../lib/client-address.ts';
import { createPublicPlace, type PublicPlace } from '../lib/public-place.ts';
import { parseHost } from '../lib/target.ts';
import type { SignInHosts } from '../login/desk.ts';

/** The hosts at which dashgate answers: its own and its apps'. */
export interface Hosts extends SignInHosts {
  /** Those at whose root there is no app. */
  readonly homes: readonly PublicPlace[];
  /** @throws NothingHere, BadTarget, BadHeaders where a request cannot be for a page of ours */
  arrive(incoming: IncomingMessage): Omit<Arrival, 'requestId'>;
}

export function createHosts({ server, apps }: Config, peerOf: PeerOf, trusted: TrustedPeers): Hosts {
  const addresses = new Map([server.publicUrl, ...apps.map(({ at }) => at)].map((each) => [each.host, each]));
  const named = [...addresses.keys()];
  const placed = [...addresses.values()].map(({ host, origin }) => ({
    host,
    place: createPublicPlace({ host, origin }, named),
  }));
  const originAt = (host: string): string | null => {
    for (const { place } of placed) {
      const origin = place.originAt(host);
      if (origin !== null) return origin;
    }
    return null;
  };
  const signIn = server.publicUrl.origin;
  return {
    signIn,
    others: {
      has: (origin) => origin !== signIn && originAt(origin.replace(/^https?:\/\//, '')) === origin,
      size: placed.length - 1,
    },
    homes: placed
      .filter(({ host }) => !apps.some(({ at }) => at.host === host && at.prefix === '/'))
      .map(({ place }) => place),
    arrive(incoming) {
      refuseRepeated(incoming.rawHeaders);
      const origin = originAt(parseHost(incoming.headers.host));
      if (origin === null) throw new NothingHere('no page of dashgate is at this host', { isOtherHost: true });
      const forwarded = String(incoming.headers['x-forwarded-for'] ?? '');
      return { clientAddress: clientAddress(peerOf(incoming), forwarded, trusted), origin };
    },
  };
}
