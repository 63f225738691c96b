import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { followConnections } from './connections.ts';
import { layLane, type Repeats } from './lane.ts';
import { isWebsocket } from './navigation.ts';
import type { TlsContext } from './tls.ts';

/** Limits that hold on every listener. */
const LIMITS: ServerOptions = {
  // Dashboards set many cookies; nginx is configured to pass as much.
  maxHeaderSize: 64 * 1024,
  headersTimeout: 30_000,
  // An upload may take as long as it takes.
  requestTimeout: 0,
  // Longer than a front proxy keeps an idle connection (nginx: 60 s), so that it is the front that closes.
  keepAliveTimeout: 75_000,
  // Answered as any other target that has no host is.
  requireHostHeader: false,
};
const MOST_HEADERS = 200;
const TOO_MANY = '431 Request Header Fields Too Large';

/**
 * Counted here: where Node counts, its older versions leave out what is beyond the limit and go on, and without its length a
 * body would reach the upstream as a request that nobody judged.
 */
const hasTooMany = ({ rawHeaders }: IncomingMessage): boolean => rawHeaders.length > 2 * MOST_HEADERS;

export interface Listener {
  readonly server: Server;
  /**
   * Stops taking requests and ends upgraded connections, lets requests under way end, and cuts what is left.
   * @param graceMs - milliseconds
   */
  drain(graceMs: number): Promise<void>;
}

export interface ListenerOptions {
  readonly request: RequestListener;
  readonly upgrade?: (incoming: IncomingMessage, socket: Socket, head: Buffer) => void;
  readonly tls?: TlsContext | null;
  /** Answers that are given again ahead of node:http; not over TLS. Asked for anew each time. */
  readonly repeats?: () => Repeats;
}

export function createListener({ request, upgrade, tls, repeats }: ListenerOptions): Listener {
  const counted: RequestListener = (incoming, response) => {
    connections.began(incoming, response);
    if (hasTooMany(incoming)) response.writeHead(431, { Connection: 'close', 'Content-Length': '0' }).end();
    else request(incoming, response);
  };
  const options: ServerOptions = {
    ...LIMITS,
    // `Upgrade: h2c` and the like are offers that may be passed over (RFC 9110 §7.8), and so is each where none is taken.
    // One behind another request on the same connection would get its answer before that one's, in the middle of it.
    shouldUpgradeCallback: (incoming) =>
      upgrade !== undefined && isWebsocket(incoming) && !connections.isBusy(incoming.socket),
  };
  const server = tls ? secureServer(tls, options, counted) : createServer(options, counted);
  const connections = followConnections(server, Boolean(tls));
  const lane = repeats && !tls ? layLane(server, repeats) : null;
  server.maxHeadersCount = 0;
  server.on('clientError', refuseUnreadable);
  const upgraded = new Set<Socket>();
  if (upgrade) {
    server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!(socket instanceof Socket)) throw new TypeError('an upgrade came on something that is no socket');
      upgraded.add(socket);
      // Without a listener an error of the socket would end the process.
      socket.on('error', () => socket.destroy()).on('close', () => upgraded.delete(socket));
      if (hasTooMany(incoming)) endWith(socket, TOO_MANY);
      else upgrade(incoming, socket, head);
    });
  }
  return {
    server,
    async drain(graceMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      lane?.retire();
      connections.retire();
      for (const socket of upgraded) socket.destroy();
      const cut = setTimeout(() => {
        lane?.cut();
        connections.cut();
      }, graceMs);
      await promise;
      clearTimeout(cut);
    },
  };
}

function secureServer(tls: TlsContext, options: ServerOptions, request: RequestListener): Server {
  const server = createTlsServer({ ...options, ...tls.options }, request);
  tls.attach(server);
  return server;
}

/** What node:http itself could not read: no request of anybody's, so there is nothing to log but that. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  endWith(socket, error.code === 'HPE_HEADER_OVERFLOW' ? TOO_MANY : '400 Bad Request');
}

function endWith(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
