import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TlsContext } from './tls.ts';

/** Limits that hold on every listener. */
const LIMITS: ServerOptions = {
  // Dashboards set many cookies; nginx is configured to pass as much.
  maxHeaderSize: 64 * 1024,
  headersTimeout: 30_000,
  // An upload may take as long as it takes; a client that sends nothing is ended by its socket's own limit.
  requestTimeout: 0,
  // Longer than a front proxy keeps an idle connection (nginx: 60 s), so that it is the front that closes.
  keepAliveTimeout: 75_000,
  insecureHTTPParser: false,
  requireHostHeader: false,
};

export const createPlainServer = (answer: RequestListener): Server => guarded(createServer(LIMITS, answer));

export const createSecureServer = (tls: TlsContext, answer: RequestListener): Server => {
  const server = createTlsServer({ ...LIMITS, ...tls.options }, answer);
  tls.attach(server);
  return guarded(server);
};

function guarded(server: Server): Server {
  server.maxHeadersCount = 200;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const line = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return server;
}

/**
 * Stops taking requests, lets those under way end, and cuts what is left after the grace.
 * @param graceMs - milliseconds
 */
export async function drain(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await promise;
  clearTimeout(cut);
}
