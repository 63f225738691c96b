import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { PeerOf, TrustedPeers } from '../lib/client-address.ts';
import { PREFIX } from './prefix.ts';

type Answer = (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface CheckOptions {
  /** Who may ask at all. */
  readonly peers: TrustedPeers;
  readonly peerOf: PeerOf;
  readonly nginx: Answer;
  readonly refuse: Answer;
  readonly forward: Answer;
  readonly envoy: Answer;
}

/** The listener for front proxies: plain node:http, since a check is asked on every request of every dashboard. */
export const createCheck =
  ({ peers, peerOf, nginx, refuse, forward, envoy }: CheckOptions): RequestListener =>
  (incoming, response) => {
    const say = (status: 403 | 404): void => {
      response.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Length': '0' }).end();
    };
    if (!peers.has(peerOf(incoming))) return say(403);
    const path = incoming.url?.split('?', 1)[0];
    if (path === `${PREFIX}/auth/nginx`) {
      if (incoming.method !== 'GET') return say(403);
      void nginx(incoming, response);
    } else if (path === `${PREFIX}/auth/forward`) {
      if (incoming.method !== 'GET') return say(403);
      void forward(incoming, response);
    } else if (path?.startsWith(`${PREFIX}/auth/envoy/`)) {
      // Envoy asks by the request itself: its method, and its path behind this one.
      void envoy(incoming, response);
    } else if (path === `${PREFIX}/auth/refuse`) {
      void refuse(incoming, response);
    } else say(404);
  };
