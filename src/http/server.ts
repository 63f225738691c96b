import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
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
  readonly upgrade?: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly tls?: TlsContext | null;
}

export function createListener({ request, upgrade, tls }: ListenerOptions): Listener {
  const server = tls ? secureServer(tls, request) : createServer(LIMITS, request);
  server.maxHeadersCount = MOST_HEADERS;
  server.on('clientError', refuseUnreadable);
  const upgraded = new Set<Duplex>();
  if (upgrade) {
    server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      upgraded.add(socket);
      // Without a listener an error of the socket would end the process.
      socket.on('error', () => socket.destroy()).on('close', () => upgraded.delete(socket));
      upgrade(incoming, socket, head);
    });
  }
  return {
    server,
    async drain(graceMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeIdleConnections();
      for (const socket of upgraded) socket.destroy();
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await promise;
      clearTimeout(cut);
    },
  };
}

function secureServer(tls: TlsContext, request: RequestListener): Server {
  const server = createTlsServer({ ...LIMITS, ...tls.options }, request);
  tls.attach(server);
  return server;
}

/** What node:http itself could not read: no request of anybody's, so there is nothing to log but that. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const line = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
