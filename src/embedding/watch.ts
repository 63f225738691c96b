import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket, WebSocketServer } from 'ws';
import { isWebsocket } from '../http/navigation.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { parseTarget } from '../lib/target.ts';
import type { Session } from '../session/session.ts';
import type { EmbedSessions } from './embed-sessions.ts';
import { canBeOfFrame } from './from-frame.ts';
import { markOf, takeMark } from './mark.ts';

/** Tells pages in frames, over a websocket of their own, that their session has ended. */
export interface Watch {
  /** @returns whether the request was for it, and has been answered */
  upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): boolean;
  /** Sessions may have ended. */
  look(): void;
  close(): void;
}

export interface WatchOptions {
  readonly own: OwnPaths;
  readonly embeds: Pick<EmbedSessions, 'find' | 'newest'>;
  readonly isLive: (session: Session) => boolean;
  /** The origin that is asked. Throws where it is none of ours. */
  readonly originOf: (incoming: IncomingMessage) => string;
  readonly clock: Clock;
}

const MOST = 20_000;
const LOOK_EVERY_MS = 5000;
/** No page sends anything. */
const MOST_SAID = 128;

export function createWatch({ own, embeds, isLive, originOf, clock }: WatchOptions): Watch {
  const path = `${own.embed}/watch`;
  const open = new Map<WebSocket, Session>();
  let server: Promise<WebSocketServer> | null = null;
  const serving = (): Promise<WebSocketServer> => {
    server ??= import('ws').then((ws) => new ws.WebSocketServer({ noServer: true, maxPayload: MOST_SAID }));
    return server;
  };
  const look = (): void => {
    for (const [link, session] of open) {
      const current = embeds.newest(session);
      if (isLive(current)) continue;
      // Another process may have let it go on: with its newest cookie the page asks again.
      if (current.endsSec <= nowSec(clock)) link.close(1012, 'connect again');
      else link.close(4401, 'session ended');
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();

  const sessionOf = (incoming: IncomingMessage): Session | null => {
    const origin = originOf(incoming);
    if (!isWebsocket(incoming) || !canBeOfFrame(incoming.headers, true, origin)) return null;
    const { mark } = takeMark(parseTarget(incoming.url, incoming.headers.host), incoming.headers);
    const found = embeds.find(incoming.headers.cookie, origin);
    return found.kind === 'open' && (mark === null || mark === markOf(found.session)) ? found.session : null;
  };
  const join = async (incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    const session = sessionOf(incoming);
    if (!session || open.size >= MOST) {
      const status = session ? '503 Service Unavailable' : '401 Unauthorized';
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    (await serving()).handleUpgrade(incoming, socket, head, (link) => {
      open.set(link, session);
      link.on('error', () => link.terminate()).on('close', () => open.delete(link));
      // It may have ended meanwhile.
      look();
    });
  };

  return {
    upgrade(incoming, socket, head) {
      if ((incoming.url ?? '').split('?', 1)[0] !== path) return false;
      socket.on('error', () => socket.destroy());
      join(incoming, socket, head).catch(() => socket.destroy());
      return true;
    },
    look,
    close() {
      clearInterval(timer);
      for (const link of open.keys()) link.close(1012, 'connect again');
    },
  };
}
