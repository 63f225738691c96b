import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OwnPaths } from '../lib/own-paths.ts';

export interface PublicOptions {
  readonly own: OwnPaths;
  /** Pages and APIs of our own, below the prefix. */
  readonly ownPages: RequestListener;
  /** Answers of providers that come to a place of an app. */
  readonly wayBack: {
    isCandidate(incoming: IncomingMessage): boolean;
    /** Never rejects. @returns our own address for it, or `null` */
    find(incoming: IncomingMessage): Promise<string | null>;
  };
  /** What an app's clients ask of dashgate itself, at places of that app. */
  readonly doors: { isDoor(incoming: IncomingMessage): boolean; readonly answer: RequestListener };
  /** Where a person who came to a place without an app is sent, if anywhere. */
  readonly signpost: (incoming: IncomingMessage) => string | null;
  readonly web: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly upgrade: (incoming: IncomingMessage, socket: Socket, head: Buffer) => Promise<void>;
  /** @returns whether a websocket below the prefix was one of ours, and has been answered */
  readonly ownUpgrade?: (incoming: IncomingMessage, socket: Socket, head: Buffer) => boolean;
}

export interface PublicListeners {
  readonly request: RequestListener;
  readonly upgrade: (incoming: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** The listener for browsers and clients: our own pages below the prefix, dashboards everywhere else. */
export const createPublic = (options: PublicOptions): PublicListeners => {
  const { own, ownPages, wayBack, doors, signpost, web, upgrade, ownUpgrade } = options;
  const isOwn = (url = ''): boolean => own.has(url.split(/[?#]/, 1)[0] ?? '');
  const pass: RequestListener = (incoming, response) => {
    const place = signpost(incoming);
    if (place === null) void web(incoming, response);
    else response.writeHead(302, { Location: place, 'Cache-Control': 'no-store', 'Content-Length': '0' }).end();
  };
  return {
    request(incoming, response) {
      if (isOwn(incoming.url)) {
        ownPages(incoming, response);
      } else if (doors.isDoor(incoming)) {
        doors.answer(incoming, response);
      } else if (wayBack.isCandidate(incoming)) {
        void wayBack.find(incoming).then((address) => {
          if (address === null) return pass(incoming, response);
          incoming.url = address;
          return ownPages(incoming, response);
        });
      } else pass(incoming, response);
    },
    upgrade(incoming, socket, head) {
      if (isOwn(incoming.url)) {
        if (ownUpgrade?.(incoming, socket, head)) return;
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      } else void upgrade(incoming, socket, head);
    },
  };
};
