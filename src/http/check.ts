import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { PeerOf, TrustedPeers } from '../lib/client-address.ts';
import type { OwnPaths } from '../lib/own-paths.ts';

type Answer = (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface CheckOptions {
  /** What is asked where. */
  readonly at: OwnPaths['check'];
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
  ({ at, peers, peerOf, nginx, refuse, forward, envoy }: CheckOptions): RequestListener =>
  (incoming, response) => {
    const say = (status: 403 | 404): void => {
      response.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Length': '0' }).end();
    };
    if (!peers.has(peerOf(incoming))) return say(403);
    const path = incoming.url?.split('?', 1)[0];
    if (path === at.nginx) {
      if (incoming.method !== 'GET') return say(403);
      void nginx(incoming, response);
    } else if (path === at.forward) {
      if (incoming.method !== 'GET') return say(403);
      void forward(incoming, response);
    } else if (path?.startsWith(at.envoy)) {
      // Envoy asks by the request itself: its method, and its path behind this one.
      void envoy(incoming, response);
    } else if (path === at.refuse) {
      void refuse(incoming, response);
    } else say(404);
  };
