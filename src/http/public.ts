import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isOwnPath } from './prefix.ts';

export interface PublicOptions {
  /** Pages and APIs of our own, below the prefix. */
  readonly ownPages: RequestListener;
  /** Where a person who came to a place without an app is sent, if anywhere. */
  readonly signpost: (incoming: IncomingMessage) => string | null;
  readonly web: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly upgrade: (incoming: IncomingMessage, socket: Socket, head: Buffer) => Promise<void>;
}

export interface PublicListeners {
  readonly request: RequestListener;
  readonly upgrade: (incoming: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** The listener for browsers and clients: our own pages below the prefix, dashboards everywhere else. */
export const createPublic = ({ ownPages, signpost, web, upgrade }: PublicOptions): PublicListeners => ({
  request(incoming, response) {
    if (isOwn(incoming.url)) {
      ownPages(incoming, response);
      return;
    }
    const place = signpost(incoming);
    if (place === null) void web(incoming, response);
    else response.writeHead(302, { Location: place, 'Cache-Control': 'no-store', 'Content-Length': '0' }).end();
  },
  upgrade(incoming, socket, head) {
    if (isOwn(incoming.url)) socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else void upgrade(incoming, socket, head);
  },
});

const isOwn = (url = ''): boolean => isOwnPath(url.split(/[?#]/, 1)[0] ?? '');
